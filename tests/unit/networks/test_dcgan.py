import pytest
import torch
from torch import nn

from onestage.networks import DCGANDiscriminator, DCGANGenerator

SIZES = (16, 32, 64, 128)
NORMS = ("batch", "group", "none")


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("image_size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_and_range(image_size, norm, channels):
    generator = DCGANGenerator(
        image_size=image_size, channels=channels, latent_dim=5, base_width=4, norm=norm
    )
    discriminator = DCGANDiscriminator(
        image_size=image_size, channels=channels, base_width=4, norm=norm
    )
    images = generator(torch.randn(2, generator.latent_dim))
    assert images.shape == (2, channels, image_size, image_size)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (2,)


def _conv_widths(module, kind):
    return [layer.out_channels for layer in module.modules() if isinstance(layer, kind)]


def test_widths_of_dcgan_64():
    generator = DCGANGenerator()
    assert _conv_widths(generator, nn.ConvTranspose2d) == [256, 128, 64, 3]
    assert _conv_widths(DCGANDiscriminator(), nn.Conv2d) == [64, 128, 256, 512, 1]
    assert generator(torch.zeros(2, 100)).shape == (2, 3, 64, 64)


def test_width_is_capped_at_eight_times_the_base():
    assert _conv_widths(DCGANDiscriminator(image_size=128), nn.Conv2d)[-2] == 512


def test_initial_weights_are_normal_with_std_002():
    torch.manual_seed(0)
    for network in (DCGANGenerator(), DCGANDiscriminator()):
        for layer in network.modules():
            if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
                assert layer.weight.std().item() == pytest.approx(0.02, rel=0.1)
                assert layer.weight.mean().item() == pytest.approx(0.0, abs=2e-3)
                assert layer.bias is None or not layer.bias.any()
            if isinstance(layer, (nn.BatchNorm2d, nn.GroupNorm)):
                assert layer.weight.mean().item() == pytest.approx(1.0, abs=0.02)
                assert not layer.bias.any()


@pytest.mark.parametrize("norm", NORMS)
def test_first_map_and_image_are_not_normalised(norm):
    norms = (nn.BatchNorm2d, nn.GroupNorm)
    discriminator, generator = DCGANDiscriminator(norm=norm), DCGANGenerator(norm=norm)
    assert not any(isinstance(layer, norms) for layer in discriminator.layers[:3:2])
    expected = 0 if norm == "none" else 3
    assert sum(isinstance(layer, norms) for layer in discriminator.layers) == expected
    assert not isinstance(generator.layers[-2], norms)


def test_groups_divide_widths_that_are_no_multiple_of_32():
    discriminator = DCGANDiscriminator(image_size=16, base_width=12)
    (norm,) = (layer for layer in discriminator.modules() if isinstance(layer, nn.GroupNorm))
    assert (norm.num_groups, norm.num_channels) == (8, 24)


@pytest.mark.parametrize("norm, independent", [("group", True), ("none", True), ("batch", False)])
def test_discriminator_scores_samples_alone(norm, independent):
    torch.manual_seed(0)
    discriminator = DCGANDiscriminator(image_size=16, base_width=8, norm=norm).double()
    images = torch.randn(4, 3, 16, 16, dtype=torch.float64)
    changed = images.clone()
    changed[0] += 1.0
    assert torch.equal(discriminator(images)[1:], discriminator(changed)[1:]) is independent


@pytest.mark.parametrize("image_size", [0, -16, 8, 24, 48, 256])
@pytest.mark.parametrize("network", [DCGANGenerator, DCGANDiscriminator])
def test_impossible_image_size(network, image_size):
    with pytest.raises(ValueError, match="choose 16, 32, 64 or 128"):
        network(image_size=image_size)


@pytest.mark.parametrize("network", [DCGANGenerator, DCGANDiscriminator])
def test_impossible_options(network):
    with pytest.raises(ValueError, match="norm='layer' is not known"):
        network(norm="layer")
    for name in ("channels", "base_width"):
        with pytest.raises(ValueError, match=f"{name}=0"):
            network(**{name: 0})


def test_inputs_of_the_wrong_shape():
    with pytest.raises(ValueError, match=r"give \[batch, 7\]"):
        DCGANGenerator(latent_dim=7)(torch.zeros(2, 8))
    with pytest.raises(ValueError, match=r"give \[batch, 3, 16, 16\]"):
        DCGANDiscriminator(image_size=16)(torch.zeros(2, 3, 32, 32))
