"""The sampling against torch's own, and its second derivative."""

import pytest
import torch
from torch.nn import functional as F

from onestage.augment._bilinear import affine, bilinear
from onestage.augment._matrices import compose, rotation, scaling, translation

F64 = torch.float64


def _case(height, width, spread):
    images = torch.randn(3, 2, height, width, dtype=F64, requires_grad=True)
    x = (torch.rand(3, 5, 4, dtype=F64) - 0.5) * spread * width + width / 2
    y = (torch.rand(3, 5, 4, dtype=F64) - 0.5) * spread * height + height / 2
    return images, x, y


def _torchs(images, x, y):
    height, width = images.shape[-2:]
    grid = torch.stack([2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1], -1)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=True)


@pytest.mark.parametrize("spread", [0.9, 7.0], ids=["inside", "far outside"])
@pytest.mark.parametrize("size", [(6, 6), (4, 7), (2, 9)])
def test_values_and_gradients_are_those_of_grid_sample(size, spread):
    images, x, y = _case(*size, spread)
    ours, theirs = bilinear(images, x, y), _torchs(images, x, y)
    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    cotangent = torch.randn_like(ours)
    (found,) = torch.autograd.grad(ours, images, cotangent)
    (expected,) = torch.autograd.grad(theirs, images, cotangent)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


def test_one_pixel_is_continued_everywhere():
    places = torch.tensor([[[-3.2, 0.0, 5.5]]])
    images = torch.tensor(4.0).view(1, 1, 1, 1)
    assert bilinear(images, places, places).tolist() == [[[[4.0, 4.0, 4.0]]]]


def test_second_derivative():
    """Of a function that is not linear in the samples, as D is not."""
    images, x, y = _case(4, 3, 3.0)

    def game(sample):
        return bilinear(sample, x, y).pow(3)

    assert torch.autograd.gradcheck(game, images)
    assert torch.autograd.gradgradcheck(game, images)


def _turn(quarters):
    angle = torch.tensor([quarters * torch.pi / 2])
    return rotation(angle.cos().round(), angle.sin().round())


@pytest.mark.parametrize("size", [8, 7])
def test_quarter_turns_move_whole_pixels(size):
    images = torch.randn(1, 3, size, size)
    turned = images
    for k in range(1, 4):
        turned = affine(turned, _turn(1))
        assert torch.equal(turned, affine(images, _turn(k)))
        assert torch.equal(turned, torch.rot90(images, k, (2, 3)))
    assert torch.equal(affine(turned, _turn(1)), images)


def test_shifts_and_flips_move_whole_pixels():
    images = torch.randn(1, 2, 5, 8)
    one = torch.ones(1)
    assert torch.equal(affine(images, scaling(-one, one)), images.flip(3))
    moved = affine(images, translation(-2 * one, one))  # to the right and up
    assert torch.equal(moved[..., :4, 2:], images[..., 1:, :6])
    assert torch.equal(moved[..., 4, 2:], images[..., 3, :6])  # reflected: row 5 is row 3
    assert torch.equal(moved[..., :4, 0], images[..., 1:, 2])


def test_there_and_back_on_a_smooth_image():
    """Magnified by 3/2, turned, and back again: the middle is what it was."""
    axis = torch.linspace(-1, 1, 65)
    image = (torch.sin(2 * axis) + torch.cos(3 * axis).unsqueeze(1)).view(1, 1, 65, 65)
    angle, factor = torch.tensor([0.7]), torch.tensor([1.5])
    there = compose(rotation(angle.cos(), angle.sin()), scaling(1 / factor, 1 / factor))
    back = compose(scaling(factor, factor), rotation(angle.cos(), -angle.sin()))
    found = affine(affine(image, there), back)
    assert not torch.allclose(affine(image, there), image, atol=0.1)
    middle = (..., slice(20, 45), slice(20, 45))
    torch.testing.assert_close(found[middle], image[middle], rtol=0, atol=2e-3)
