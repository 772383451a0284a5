import math

import pytest
import torch

from onestage.augment import AdaptiveAugment

MANY = 500
GROUPS = ["b", "g", "c", "bgc"]


def _images(batch=5, channels=3, **options):
    return torch.randn(batch, channels, 8, 8, **options)


@pytest.mark.parametrize("policy", GROUPS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("channels", [1, 3])
def test_p_0_is_the_identity_bit_for_bit_and_p_1_is_not(policy, dtype, channels):
    images = _images(channels=channels).to(dtype)
    images[0, 0, 0, :3] = torch.tensor([-0.0, math.inf, -math.inf])
    found = AdaptiveAugment(policy)(images)
    assert found.dtype == dtype
    assert torch.equal(found, images)
    assert torch.equal(found.signbit(), images.signbit())
    images = _images(MANY, channels).to(dtype)
    found = AdaptiveAugment(policy, p=1.0)(images)
    assert found.dtype == dtype and found.shape == images.shape
    assert found.isfinite().all()
    assert (found != images).flatten(1).any(1).float().mean() > 0.9


@pytest.mark.parametrize(
    ("policy", "spared_at"),
    # x-flip and the identity turn spare 1/2 and 1/4 of those that draw them, a shift by U(-1, 1)
    # pixels, rounded, 1/4; the two rotations count as one.
    [
        ("b", lambda p: (1 - p / 2) * (1 - 3 * p / 4) * (1 - 3 * p / 4)),
        ("g", lambda p: (1 - p) ** 4),
    ],
)
def test_share_of_images_that_are_spared(policy, spared_at):
    p = 0.3
    images = _images(4000, 1)
    found = AdaptiveAugment(policy, p=p)(images)
    spared = (found == images).flatten(1).all(1).float().mean().item()
    assert spared == pytest.approx(spared_at(p), abs=0.03)


@pytest.mark.parametrize("policy", GROUPS)
def test_each_sample_draws_for_itself(policy):
    found = AdaptiveAugment(policy, p=1.0)(_images(1).expand(8, -1, -1, -1))
    assert len({tuple(x.flatten().tolist()) for x in found}) > 5


@pytest.mark.parametrize("policy", ["b", "g", "bg"])
def test_what_moves_pixels_takes_any_channels_and_keeps_their_range(policy):
    images = torch.rand(50, 5, 8, 6)
    found = AdaptiveAugment(policy, p=1.0)(images)
    assert found.shape == images.shape
    assert found.min() >= images.min() and found.max() <= images.max() + 1e-6


def test_random_numbers_do_not_depend_on_p():
    states = []
    for p in (0.0, 0.5, 1.0):
        torch.manual_seed(4)
        AdaptiveAugment(p=p)(_images())
        states.append(torch.get_rng_state())
    assert states[0].equal(states[1]) and states[0].equal(states[2])


def test_the_seed_decides():
    augment, images = AdaptiveAugment(p=1.0), _images()
    torch.manual_seed(5)
    first = augment(images)
    assert not torch.equal(augment(images), first)
    torch.manual_seed(5)
    assert torch.equal(augment(images), first)


def test_layout_autocast_and_half_precision_give_the_same():
    augment, images = AdaptiveAugment(p=1.0), _images(20)

    def seeded(sample):
        torch.manual_seed(6)
        return augment(sample)

    expected = seeded(images)
    assert torch.equal(seeded(images.to(memory_format=torch.channels_last)), expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(seeded(images), expected)
    half = images.bfloat16()
    assert torch.equal(seeded(half), seeded(half.float()).bfloat16())


@pytest.mark.parametrize("policy", GROUPS)
@pytest.mark.parametrize("channels", [1, 3])
def test_second_derivative(policy, channels):
    images = torch.randn(3, channels, 4, 4, dtype=torch.float64, requires_grad=True)
    augment = AdaptiveAugment(policy, p=0.8)

    def game(sample):
        torch.manual_seed(7)
        return augment(sample).pow(3)

    assert torch.autograd.gradcheck(game, images)
    assert torch.autograd.gradgradcheck(game, images)


@pytest.mark.parametrize("policy", GROUPS)
def test_gradients_stay_within_their_sample(policy):
    images = _images(4, requires_grad=True)
    found = AdaptiveAugment(policy, p=1.0)(images)
    (gradient,) = torch.autograd.grad(found[1].square().sum(), images)
    assert gradient[1].abs().sum() > 0
    assert not gradient[[0, 2, 3]].any()


def test_nothing_looks_at_values():
    """Tensors without data refuse whatever would make the host wait."""
    augment = AdaptiveAugment(p=0.5).to("meta")
    found = augment(torch.empty(4, 3, 8, 8, device="meta", requires_grad=True))
    found.sum().backward()
    for _ in range(5):
        augment.update(torch.empty(4, device="meta"))
    assert found.shape == (4, 3, 8, 8) and augment.p.is_meta


def test_passes_unchanged_in_eval():
    images = _images()
    assert torch.equal(AdaptiveAugment(p=1.0).eval()(images), images)


def test_says_what_it_is():
    assert repr(AdaptiveAugment("bg", target=0.5)) == (
        "AdaptiveAugment(policy='bg', target=0.5, interval=4, ramp_images=500000, max_p=1.0)"
    )


@pytest.mark.parametrize("policy", ["bgc", "cgb", "blit,geometry,color", "color, blit, geometry"])
def test_policies_by_letter_or_name(policy):
    images = _images()
    torch.manual_seed(8)
    expected = AdaptiveAugment("bgc", p=1.0)(images)
    torch.manual_seed(8)
    assert torch.equal(AdaptiveAugment(policy, p=1.0)(images), expected)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"policy": "blit,geometri"}, r"names 'geometri'.*did you mean 'geometry'\?"),
        ({"policy": "bgf"}, "names 'bgf'.*choose from blit, geometry, color"),
        ({"policy": "bb"}, "names one thing twice"),
        ({"policy": "b,blit"}, "names one thing twice"),
        ({"policy": ""}, "names nothing"),
        ({"target": 0.0}, r"target=0\.0"),
        ({"target": 1.0}, r"target=1\.0"),
        ({"interval": 0}, "interval=0"),
        ({"ramp_images": 0}, "ramp_images=0"),
        ({"max_p": 1.1}, r"max_p=1\.1"),
        ({"p": -0.1}, r"p=-0\.1"),
        ({"p": 0.9, "max_p": 0.8}, r"p=0\.9.*max_p=0\.8"),
    ],
)
def test_refuses_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        AdaptiveAugment(**options)


def test_refuses_images():
    with pytest.raises(ValueError, match=r"2 channels have no hue.*leave c out"):
        AdaptiveAugment()(_images(channels=2))
    with pytest.raises(ValueError, match="cannot be augmented"):
        AdaptiveAugment()(torch.zeros(3, 8, 8))
