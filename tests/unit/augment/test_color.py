import math

import pytest
import torch

from onestage.augment._color import (
    _apply,
    _brightness,
    _contrast,
    _hue,
    _linear,
    _luma_flip,
    _saturation,
    color,
)
from onestage.augment._draw import Draw

MANY = 4000
ALWAYS = torch.tensor(1.0)


def _colours(channels=3, size=1):
    return torch.randn(MANY, channels, size, size, dtype=torch.float64)


def _through(draw, images, p=ALWAYS):
    return _apply(images, draw(Draw(images), p))


def _mean(images):
    return images.mean(1, keepdim=True)


def test_brightness_is_added():
    images = _colours()
    added = _through(_brightness, images) - images
    torch.testing.assert_close(added, added[:, :1].expand_as(added))
    assert added.std().item() == pytest.approx(0.2, rel=0.05)


def test_contrast_multiplies():
    images = _colours()
    octaves = (_through(_contrast, images) / images)[:, 0].log2()
    assert octaves.mean().item() == pytest.approx(0, abs=0.03)
    assert octaves.std().item() == pytest.approx(0.5, rel=0.05)


def test_half_of_the_lumas_are_flipped():
    images = _colours()
    found = _through(_luma_flip, images)
    torch.testing.assert_close(found - _mean(found), images - _mean(images))
    flipped = (_mean(found) + _mean(images)).abs().flatten() < 1e-9
    assert flipped.double().mean().item() == pytest.approx(0.5, abs=0.03)
    torch.testing.assert_close(_mean(found)[~flipped], _mean(images)[~flipped])


def test_hue_turns_about_the_grey_axis():
    images = _colours()
    found = _through(_hue, images)
    torch.testing.assert_close(_mean(found), _mean(images))
    torch.testing.assert_close(found.norm(dim=1), images.norm(dim=1))
    ours, theirs = ((x - _mean(x)).flatten(1) for x in (found, images))
    angle = torch.nn.functional.cosine_similarity(ours, theirs).clamp(-1, 1).acos()
    assert angle.mean().item() == pytest.approx(math.pi / 2, rel=0.05)  # of |U(-pi, pi)|
    assert angle.std().item() == pytest.approx(math.pi / math.sqrt(12), rel=0.05)


def test_a_third_of_a_turn_exchanges_the_channels():
    images = _colours()[:1]
    angle = torch.tensor([2 * math.pi / 3], dtype=torch.float64)
    matrix = _linear(angle.cos(), 1 - angle.cos(), angle.sin() / math.sqrt(3))
    torch.testing.assert_close(_apply(images, matrix), images.roll(1, dims=1))


def test_saturation_scales_the_distance_from_grey():
    images = _colours()
    found = _through(_saturation, images)
    torch.testing.assert_close(_mean(found), _mean(images))
    octaves = ((found - _mean(found)) / (images - _mean(images)))[:, 0].log2()
    assert octaves.std().item() == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_of_one_colour_stays_one(channels, p):
    images = _colours(channels).expand(-1, -1, 3, 3)
    found = color(images, Draw(images), torch.tensor(p))
    assert torch.equal(found, found[..., :1, :1].expand_as(found))
    spared = (found == images).flatten(1).all(1).double().mean().item()
    # Luma flips spare half of those that draw them; grey images have neither hue nor saturation.
    expected = (1 - p) ** (2 if channels == 1 else 4) * (1 - p / 2)
    assert spared == pytest.approx(expected, abs=0.03)


def test_grey_is_the_grey_axis_of_rgb():
    images = torch.randn(50, 1, 4, 4, dtype=torch.float64)
    torch.manual_seed(2)
    grey = color(images, Draw(images), ALWAYS)
    torch.manual_seed(2)
    coloured = images.expand(-1, 3, -1, -1)
    rgb = color(coloured, Draw(coloured), ALWAYS)
    assert not torch.allclose(grey, images, atol=0.1)
    torch.testing.assert_close(grey.expand_as(rgb), rgb)
