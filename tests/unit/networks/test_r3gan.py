import pytest
import torch
from tests.unit.networks._count import count_parameters
from torch import nn
from torch.nn.functional import leaky_relu

from onestage.networks import R3GANDiscriminator, R3GANGenerator
from onestage.networks._r3gan import _Residual


def _residuals(network):
    return [module for module in network.modules() if isinstance(module, _Residual)]


@pytest.mark.parametrize("image_size", [16, 32, 64, 128, 256])
def test_shapes(image_size):
    generator = R3GANGenerator(image_size=image_size, channels=2, latent_dim=5, base_width=1)
    images = generator(torch.randn(2, generator.latent_dim))
    assert images.shape == (2, 2, image_size, image_size)
    discriminator = R3GANDiscriminator(image_size=image_size, channels=2, base_width=1)
    assert discriminator(images).shape == (2,)


@pytest.mark.parametrize("network", [R3GANGenerator, R3GANDiscriminator])
def test_blocks(network):
    built = network(image_size=32, base_width=16, num_blocks=2, group_size=16)
    residuals = _residuals(built)
    assert len(residuals) == 2 * 4  # at 4, 8, 16 and 32 pixels
    for block in residuals:
        width = block.expand.in_channels
        assert block.expand.out_channels == block.reduce.in_channels == 2 * width
        assert block.mix.in_channels // block.mix.groups == 16
    assert {block.expand.in_channels for block in residuals} == {16, 32, 64, 128}
    norms = (nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d, nn.LayerNorm)
    assert not any(isinstance(module, norms) for module in built.modules())


@pytest.mark.parametrize("network", [R3GANGenerator, R3GANDiscriminator])
def test_fix_up_initialisation(network):
    residuals = _residuals(network(image_size=32, base_width=32))
    for block in residuals:
        assert not block.reduce.weight.any()
        for layer in (block.expand, block.mix):
            assert not layer.bias.any()
            # He's gain for slope 0.2, times L^(-1/4) for m = 3 layers in a block.
            expected = (2 / (1 + 0.2**2) / layer.weight[0].numel()) ** 0.5 * 8**-0.25
            assert layer.weight.std().item() == pytest.approx(expected, rel=0.1)
        maps = torch.randn(1, block.expand.in_channels, 4, 4)
        assert torch.equal(block(maps), maps)


def test_a_block_is_the_papers_formula():
    block = _Residual(4, 4, 1)
    nn.init.normal_(block.reduce.weight)
    maps = torch.randn(2, 4, 5, 5)
    expected = block.reduce(leaky_relu(block.mix(leaky_relu(block.expand(maps), 0.2)), 0.2))
    assert torch.allclose(block(maps), maps + expected)


def test_parameters_by_hand():
    with torch.device("meta"):
        discriminator = R3GANDiscriminator(
            image_size=16, channels=3, base_width=4, num_blocks=1, group_size=4
        )
    # Expand with bias, 3 x 3 over groups of 4 with bias, reduce: at 16, 8 and 4 pixels.
    blocks = sum(w * 2 * w + 2 * w + 2 * w * 4 * 9 + 2 * w + 2 * w * w for w in (4, 8, 16))
    ends = 3 * 4 + 4 * 8 + 8 * 16 + 16 * 4 * 4 + (16 + 1)
    assert count_parameters(discriminator) == blocks + ends


def test_the_generators_output_depends_on_the_latent_and_is_not_bounded():
    generator = R3GANGenerator(image_size=16, base_width=4, latent_dim=3)
    images = generator(torch.tensor([[0.0, 0, 0], [9, 9, 9]]))
    assert not images[0].any()  # the latent scales the 4 x 4 map
    assert images[1].abs().max() > 1


@pytest.mark.parametrize("network", [R3GANGenerator, R3GANDiscriminator])
def test_impossible_options(network):
    for size in (8, 48, 512):
        with pytest.raises(ValueError, match="choose 16, 32, 64, 128 or 256"):
            network(image_size=size)
    for name in ("channels", "base_width", "num_blocks", "group_size"):
        with pytest.raises(ValueError, match=f"{name}=0"):
            network(**{name: 0})


def test_inputs_of_the_wrong_shape():
    with pytest.raises(ValueError, match=r"give \[batch, 5\]"):
        R3GANGenerator(image_size=16, base_width=1, latent_dim=5)(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"give \[batch, 3, 16, 16\]"):
        R3GANDiscriminator(image_size=16, base_width=1)(torch.zeros(2, 3, 32, 32))
