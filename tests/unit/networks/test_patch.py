import pytest
import torch
from tests.unit.networks._count import count_parameters
from torch import nn

from onestage.networks import MultiScaleDiscriminator, PatchDiscriminator

SMALL = {"channels": 1, "base_width": 2}
NORMS = ("instance", "batch", "group", "none")


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("num_layers", "size", "map_size"), [(1, 16, 6), (2, 33, 6), (3, 256, 30)])
def test_shapes(norm, num_layers, size, map_size):
    discriminator = PatchDiscriminator(num_layers=num_layers, norm=norm, **SMALL)
    logits = discriminator(torch.randn(2, 1, size, size + 2 ** (num_layers + 1)))
    assert logits.shape == (2, 1, map_size, map_size + 2)


@pytest.mark.parametrize(("num_layers", "pixels"), [(1, 16), (2, 34), (3, 70), (4, 142)])
def test_receptive_field(num_layers, pixels):
    """A logit in the middle sees a square of exactly that many pixels."""
    discriminator = PatchDiscriminator(channels=1, base_width=1, num_layers=num_layers, norm="none")
    for weight in discriminator.parameters():
        nn.init.ones_(weight)
    size = 2 * pixels + 2**num_layers
    images = torch.ones(1, 1, size, size, requires_grad=True)
    logits = discriminator(images)
    middle = logits.shape[-1] // 2
    logits[0, 0, middle, middle].backward()
    assert images.grad is not None
    seen = images.grad[0, 0].ne(0)
    assert seen.any(0).sum() == seen.any(1).sum() == pixels


def test_parameters_of_the_famous_networks():
    """pix2pix's 70 x 70 discriminator has 2.769 M parameters, CycleGAN's 2.765 M."""
    with torch.device("meta"):
        assert count_parameters(PatchDiscriminator(condition_channels=3, norm="batch")) == 2_768_705
        # CycleGAN keeps biases that its instance normalisation takes away again: none of ours.
        assert count_parameters(PatchDiscriminator(norm="none")) == 2_764_737
        assert count_parameters(PatchDiscriminator()) == 2_764_737 - 128 - 256 - 512


def test_first_and_last_map_are_not_normalised():
    discriminator = PatchDiscriminator()
    kinds = [type(layer) for layer in discriminator.layers]
    assert kinds.count(nn.InstanceNorm2d) == 3
    assert kinds[:2] == [nn.Conv2d, nn.LeakyReLU]
    assert kinds[-1] is nn.Conv2d


def test_initial_weights_are_normal_with_std_002():
    for layer in PatchDiscriminator().modules():
        if isinstance(layer, nn.Conv2d):
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.1)


def test_scales_see_the_image_its_half_and_its_quarter():
    discriminator = MultiScaleDiscriminator(num_scales=3, num_layers=1, **SMALL)
    maps = discriminator(torch.randn(2, 1, 32, 32))
    assert [tuple(m.shape) for m in maps] == [(2, 1, n, n) for n in (14, 6, 2)]
    seen = []
    for scale in discriminator.scales:
        scale.register_forward_pre_hook(lambda _, args: seen.append(args[0]))
    discriminator(torch.full((1, 1, 32, 32), 0.5))
    assert all(torch.allclose(images, torch.tensor(0.5)) for images in seen)  # at the edges too


@pytest.mark.parametrize("kind", [PatchDiscriminator, MultiScaleDiscriminator])
def test_condition(kind):
    discriminator = kind(num_layers=1, condition_channels=2, norm="none", **SMALL)
    images, condition = torch.randn(2, 1, 32, 32), torch.randn(2, 2, 32, 32)
    first, second = discriminator(images, condition), discriminator(images, -condition)
    assert not torch.equal(first[0], second[0])
    for wrong in (None, condition[:, :1], condition[:1], condition[..., :16]):
        with pytest.raises(ValueError, match=r"condition_channels=2; give \[2, 2, 32, 32\]"):
            discriminator(images, wrong)
    with pytest.raises(ValueError, match="condition_channels=0; give None"):
        kind(num_layers=1, **SMALL)(images, condition)


def test_impossible_options_and_inputs():
    with pytest.raises(ValueError, match=r"norm='layer' is not known; choose one of 'instance'"):
        PatchDiscriminator(norm="layer")
    for name in ("channels", "base_width", "num_layers"):
        with pytest.raises(ValueError, match=f"{name}=0"):
            PatchDiscriminator(**{name: 0})
    with pytest.raises(ValueError, match="condition_channels=-1"):
        PatchDiscriminator(condition_channels=-1)
    with pytest.raises(ValueError, match="num_scales=0"):
        MultiScaleDiscriminator(num_scales=0)
    PatchDiscriminator(**SMALL)(torch.zeros(2, 1, 24, 24))
    for shape in ((2, 1, 24, 23), (2, 3, 32, 32), (1, 32, 32)):
        with pytest.raises(ValueError, match="at least 24 pixels"):
            PatchDiscriminator(**SMALL)(torch.zeros(shape))
