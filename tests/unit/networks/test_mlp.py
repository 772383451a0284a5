import pytest
import torch
from tests.unit.networks._count import count_parameters
from torch import nn

from onestage.networks import MLPDiscriminator, MLPGenerator


@pytest.mark.parametrize("num_layers", [1, 3])
def test_shapes(num_layers):
    generator = MLPGenerator(data_dim=3, latent_dim=5, base_width=8, num_layers=num_layers)
    points = generator(torch.randn(4, generator.latent_dim))
    assert points.shape == (4, 3)
    discriminator = MLPDiscriminator(data_dim=3, base_width=8, num_layers=num_layers)
    assert discriminator(points).shape == (4,)


def test_parameters_by_hand():
    hidden = (2 * 128 + 128) + 2 * (128 * 128 + 128)
    assert count_parameters(MLPGenerator()) == hidden + 128 * 2 + 2
    assert count_parameters(MLPDiscriminator()) == hidden + 128 + 1


def test_initial_weights_keep_the_signals_size():
    generator = MLPGenerator(latent_dim=256, base_width=256)
    for layer in generator.modules():
        if isinstance(layer, nn.Linear):
            assert not layer.bias.any()
    assert generator.layers[2].weight.std().item() == pytest.approx(
        (2 / 1.04 / 256) ** 0.5, rel=0.05
    )
    hidden = generator.layers[:-1](torch.randn(100, 256))
    assert hidden.square().mean().item() == pytest.approx(1.0, rel=0.3)


def test_impossible_options_and_inputs():
    for network in (MLPGenerator, MLPDiscriminator):
        for name in ("data_dim", "base_width", "num_layers"):
            with pytest.raises(ValueError, match=f"{name}=0"):
                network(**{name: 0})
    with pytest.raises(ValueError, match=r"give \[batch, 2\]"):
        MLPGenerator()(torch.zeros(4, 3))
    for shape in ((4, 3), (2,), (4, 2, 1)):
        with pytest.raises(ValueError, match=r"points of shape .* give \[batch, 2\]"):
            MLPDiscriminator()(torch.zeros(shape))
