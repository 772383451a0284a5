import math

import pytest
import torch
from tests.unit.networks._count import count_parameters
from torch import nn

from onestage.networks import SNGANDiscriminator, SNGANGenerator
from onestage.networks._resnet import DownBlock


@pytest.mark.parametrize("image_size", [16, 32, 64, 128])
@pytest.mark.parametrize("norm", ["batch", "group", "none"])
def test_shapes_and_range(image_size, norm):
    generator = SNGANGenerator(
        image_size=image_size, channels=2, latent_dim=5, base_width=2, norm=norm
    )
    images = generator(torch.randn(2, generator.latent_dim))
    assert images.shape == (2, 2, image_size, image_size)
    assert images.abs().max() <= 1
    discriminator = SNGANDiscriminator(image_size=image_size, channels=2, base_width=1)
    assert discriminator(images).shape == (2,)
    assert discriminator.features(images).shape == (2, discriminator.num_features)


def test_parameters_of_the_cifar_networks():
    """Tables 3a and 3b, by hand; the generator's 4.28 M is the published figure."""

    def conv(i, o, k):
        return i * o * k * k + o

    width = 256
    block = 2 * (2 * width) + 2 * conv(width, width, 3) + conv(width, width, 1)
    expected = 128 * 4096 + 4096 + 3 * block + 2 * width + conv(width, 3, 3)
    width = 128
    first = conv(3, width, 3) + conv(width, width, 3) + conv(3, width, 1)
    plain = 2 * conv(width, width, 3)
    halving = plain + conv(width, width, 1)
    with torch.device("meta"):
        assert count_parameters(SNGANGenerator(image_size=32)) == expected == 4_276_739
        discriminator = SNGANDiscriminator(image_size=32)
    assert count_parameters(discriminator) == first + halving + 2 * plain + width + 1


def test_widths_of_the_imagenet_networks():
    """Tables 4a and 4b."""
    with torch.device("meta"):
        generator = SNGANGenerator(image_size=128)
        discriminator = SNGANDiscriminator(image_size=128)
    up = [(block.first.in_channels, block.first.out_channels) for block in generator.body.blocks]
    assert up == [(1024, 1024), (1024, 512), (512, 256), (256, 128), (128, 64)]
    down = [(block.first.out_channels, block.down) for block in discriminator.blocks]
    assert down == [(64, True), (128, True), (256, True), (512, True), (1024, True), (1024, False)]


def test_every_weight_of_the_discriminator_has_spectral_norm_one():
    discriminator = SNGANDiscriminator(image_size=32, channels=1, base_width=4)
    for _ in range(100):  # one power iteration each
        discriminator(torch.randn(1, 1, 32, 32))
    layers = [m for m in discriminator.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert len(layers) == 4 * 2 + 2 + 1
    for layer in layers:
        norm = torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
        assert norm.item() == pytest.approx(1.0, rel=1e-2)


def test_one_power_iteration_for_each_forward_in_train_mode_only():
    discriminator = SNGANDiscriminator(image_size=32, channels=1, base_width=4)
    images = torch.randn(2, 1, 32, 32)
    first, second = discriminator(images), discriminator(images)
    assert not torch.equal(first, second)
    discriminator.eval()
    assert torch.equal(discriminator(images), discriminator(images))


def test_initial_weights_are_glorots():
    generator = SNGANGenerator(image_size=32, base_width=64)
    for block in generator.body.blocks:
        for layer, gain in ((block.first, 2**0.5), (block.second, 2**0.5), (block.shortcut, 1.0)):
            fans = layer.weight[0].numel() + layer.weight[:, 0].numel()
            bound = gain * math.sqrt(6 / fans)
            assert layer.weight.abs().max().item() <= bound
            assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
            assert not layer.bias.any()


def test_a_halving_shortcut_is_the_papers():
    """Pooling first gives what convolving first gives."""
    block = DownBlock(3, 5, down=True, is_first=False)
    maps = torch.randn(2, 3, 8, 8)
    papers = nn.functional.avg_pool2d(block.shortcut(maps), 2)
    assert torch.allclose(block.shortcut(nn.functional.avg_pool2d(maps, 2)), papers, atol=1e-6)


@pytest.mark.parametrize("image_size", [0, 8, 48, 256])
@pytest.mark.parametrize("network", [SNGANGenerator, SNGANDiscriminator])
def test_impossible_image_size(network, image_size):
    with pytest.raises(ValueError, match=r"does not fit an SNGAN.*choose 16, 32, 64 or 128"):
        network(image_size=image_size)


def test_impossible_options_and_inputs():
    with pytest.raises(ValueError, match="norm='layer' is not known"):
        SNGANGenerator(norm="layer")
    for network in (SNGANGenerator, SNGANDiscriminator):
        with pytest.raises(ValueError, match="base_width=0"):
            network(base_width=0)
    with pytest.raises(ValueError, match=r"give \[batch, 5\]"):
        SNGANGenerator(image_size=32, base_width=2, latent_dim=5)(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"give \[batch, 3, 32, 32\]"):
        SNGANDiscriminator(image_size=32, base_width=2)(torch.zeros(2, 1, 32, 32))
