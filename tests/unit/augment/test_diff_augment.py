import pytest
import torch

from onestage.augment import DiffAugment

MANY = 4000
POLICIES = ["color", "translation", "cutout", "color,translation,cutout"]


def _share(mask):
    return mask.float().mean().item()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_shape_and_type_stay_and_something_changes(policy, dtype, channels):
    images = torch.randn(5, channels, 8, 12).to(dtype)
    found = DiffAugment(policy)(images)
    assert found.shape == images.shape
    assert found.dtype == dtype
    assert not torch.equal(found, images)
    assert not torch.equal(found, DiffAugment(policy)(images))


@pytest.mark.parametrize("policy", POLICIES)
def test_each_sample_draws_for_itself(policy):
    found = DiffAugment(policy)(torch.rand(1, 3, 16, 16).expand(8, 3, 16, 16) + 1)
    assert len({tuple(x.flatten().tolist()) for x in found}) > 5


def test_brightness_of_one_colour():
    """Grey of one value: contrast and saturation leave it, U(-1/2, 1/2) is added."""
    found = DiffAugment("color")(torch.zeros(MANY, 3, 2, 2))
    assert torch.equal(found, found[:, :1, :1, :1].expand_as(found))
    added = found[:, 0, 0, 0]
    assert -0.5 <= added.min() < -0.49 and 0.49 < added.max() <= 0.5
    assert added.std().item() == pytest.approx(12**-0.5, rel=0.05)


def test_saturation_and_contrast_multiply_distances_from_the_mean():
    images = torch.randn(1, 3, 4, 4).expand(MANY, 3, 4, 4)
    found = DiffAugment("color")(images)
    luma = lambda x: x.mean(1) - x.mean((1, 2, 3)).view(-1, 1, 1)  # noqa: E731
    contrast = (luma(found) / luma(images))[:, 1, 1]
    assert 0.5 <= contrast.min() < 0.51 and 1.49 < contrast.max() <= 1.5001
    chroma = lambda x: (x - x.mean(1, keepdim=True))[:, 0, 1, 1]  # noqa: E731
    saturation = chroma(found) / chroma(images) / contrast
    assert 0 <= saturation.min() < 0.01 and 1.99 < saturation.max() <= 2.0001
    assert saturation.mean().item() == pytest.approx(1, abs=0.05)


def test_saturation_leaves_grey_images_grey():
    images = torch.randn(6, 1, 4, 4, dtype=torch.float64)
    found = DiffAugment("color")(images.expand(6, 3, 4, 4))
    torch.testing.assert_close(found, found[:, :1].expand_as(found))
    # Affine in the image: the same distance from the mean, times one factor per sample.
    factor = (found[:, :1] - found.mean((1, 2, 3), keepdim=True)) / (
        images - images.mean((1, 2, 3), keepdim=True)
    )
    torch.testing.assert_close(factor, factor[..., :1, :1].expand_as(factor))


def test_translation_is_uniform_up_to_an_eighth():
    """A ramp tells by how much its middle has moved."""
    ramp = torch.arange(1.0, 17).view(1, 1, 16, 1) + 100 * torch.arange(24.0)
    found = DiffAugment("translation")(ramp.expand(MANY, 1, 16, 24))
    difference = ramp[0, 0, 8, 12] - found[:, 0, 8, 12]
    down, right = difference.remainder(100), (difference / 100).round()
    down = torch.where(down > 50, down - 100, down)
    for shift, largest in ((down, 2), (right, 3)):
        assert sorted(set(shift.tolist())) == list(range(-largest, largest + 1))
        assert _share(shift == largest) == pytest.approx(1 / (2 * largest + 1), abs=0.03)
    assert abs(torch.corrcoef(torch.stack([down, right]))[0, 1].item()) < 0.06
    shifts = zip(down[:50].int().tolist(), right[:50].int().tolist(), strict=True)
    for image, (d, r) in zip(found[:50], shifts, strict=True):
        expected = torch.zeros(1, 16, 24)
        expected[:, max(d, 0) : 16 + min(d, 0), max(r, 0) : 24 + min(r, 0)] = ramp[
            0, :, max(-d, 0) : 16 - max(d, 0), max(-r, 0) : 24 - max(r, 0)
        ]
        assert torch.equal(image, expected)


def test_cutout_is_a_rectangle_of_the_right_mean_area():
    found = DiffAugment("cutout")(torch.ones(MANY, 2, 16, 16))
    hole = found[:, 0] == 0
    assert torch.equal(found[:, 0], found[:, 1])
    rows, columns = hole.any(2), hole.any(1)
    assert torch.equal(hole, rows.unsqueeze(2) & columns.unsqueeze(1))
    # The centre is any of 0 to 16; 8 pixels, clipped at the borders to 4, 5, 6, 7, 8, ...
    mean = (2 * (4 + 5 + 6 + 7) + 9 * 8) / 17
    for side in (rows, columns):
        assert side.sum(1).min() == 4 and side.sum(1).max() == 8
        assert side.sum(1).float().mean().item() == pytest.approx(mean, rel=0.02)
    assert _share(hole) == pytest.approx((mean / 16) ** 2, rel=0.03)


def test_cutout_of_an_odd_size():
    found = DiffAugment("cutout")(torch.ones(MANY, 1, 5, 5))
    rows = (found == 0).any(3).sum(2)
    assert rows.min() == 2 and rows.max() == 3  # 5 / 2 rounded is 3; the centre 0 to 4
    assert rows.float().mean().item() == pytest.approx((2 + 3 + 3 + 3 + 2) / 5, rel=0.02)


def test_cut_out_pixels_get_no_gradient_and_all_others_theirs():
    images = torch.ones(20, 1, 8, 8, requires_grad=True)
    found = DiffAugment("cutout")(images)
    found.sum().backward()
    assert torch.equal(images.grad, found.detach())
    assert 0 < images.grad.mean() < 1


@pytest.mark.parametrize("policy", POLICIES)
def test_second_derivative(policy):
    images = torch.randn(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    augment = DiffAugment(policy)

    def game(sample):
        torch.manual_seed(3)
        return augment(sample).pow(3)

    assert torch.autograd.gradcheck(game, images)
    assert torch.autograd.gradgradcheck(game, images)


def test_policies_apply_in_their_order():
    images = torch.ones(50, 1, 8, 8)
    assert (DiffAugment("color,cutout")(images) == 0).flatten(1).any(1).all()
    assert not (DiffAugment("cutout, color")(images) == 0).flatten(1).any(1).all()
    assert repr(DiffAugment("cutout, color")) == "DiffAugment(policy='cutout,color')"


def test_passes_unchanged_in_eval():
    images = torch.randn(2, 3, 8, 8)
    assert torch.equal(DiffAugment().eval()(images), images)


@pytest.mark.parametrize(
    ("policy", "match"),
    [
        ("color,cutuot", r"names 'cutuot'.*did you mean 'cutout'\?"),
        ("colour", r"did you mean 'color'\?"),
        ("zebra", "choose from color, translation, cutout"),
        ("color,color", "names one thing twice"),
        ("", "names nothing"),
    ],
)
def test_refuses_a_policy(policy, match):
    with pytest.raises(ValueError, match=match):
        DiffAugment(policy)


@pytest.mark.parametrize("images", [torch.zeros(3, 8, 8), torch.zeros(1, 3, 8, 8, dtype=torch.int)])
def test_refuses_images(images):
    with pytest.raises(ValueError, match=r"cannot be augmented; give \[batch, channels"):
        DiffAugment()(images)
