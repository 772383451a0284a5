import pytest
import torch
from torch import nn

from onestage.networks import VocoderDiscriminator, VocoderGenerator, head_features, head_logits


def _count(network):
    """Weight normalisation's magnitudes left out, as the paper counts."""
    return sum(w.numel() for name, w in network.named_parameters() if "original0" not in name)


@pytest.mark.parametrize("strides", [(2,), (3, 2), (5, 4)])
@pytest.mark.parametrize("frames", [1, 7])
def test_generator_makes_hop_length_samples_of_a_frame(strides, frames):
    generator = VocoderGenerator(num_bands=5, base_width=2, strides=strides)
    waves = generator(torch.randn(2, 5, frames))
    assert waves.shape == (2, 1, frames * generator.hop_length)
    assert waves.abs().max() <= 1


def test_parameters_of_the_papers_networks():
    """HiFi-GAN V1: 13.92 M (table 1); five periods of 8,218,433 and three scales of 9,870,209."""
    with torch.device("meta"):
        generator, discriminator = VocoderGenerator(), VocoderDiscriminator()
    assert generator.hop_length == 256
    assert _count(generator) == 13_926_017
    assert [_count(head) for head in discriminator.periods] == [8_218_433] * 5
    # Spectral normalisation keeps its one weight; the magnitudes of the others are left out.
    assert [_count(head) for head in discriminator.scales] == [9_870_209] * 3


@pytest.mark.parametrize("samples", [7, 64, 97])
def test_discriminator_returns_logits_and_features_by_head(samples):
    discriminator = VocoderDiscriminator(periods=(2, 7), num_scales=2, base_width=1)
    outputs = discriminator(torch.randn(3, 1, samples))
    assert [sorted(head) for head in outputs] == [["features", "logits"]] * 4
    assert all(logits.ndim == 2 and len(logits) == 3 for logits in head_logits(outputs))
    assert [len(head["features"]) for head in outputs] == [5, 5, 7, 7]
    assert len(head_features(outputs)) == 24


def test_a_period_head_compares_samples_one_period_apart():
    """A column sees no other column."""
    (head,) = VocoderDiscriminator(periods=(3,), num_scales=0, base_width=1).periods
    waves = torch.randn(1, 1, 243, requires_grad=True)
    column = head(waves)["features"][-1][0, :, :, 1]
    column.sum().backward()
    assert waves.grad is not None
    assert waves.grad[0, 0, 1::3].any()
    assert not waves.grad[0, 0, 0::3].any()
    assert not waves.grad[0, 0, 2::3].any()


def test_first_scale_head_alone_is_normalised_spectrally():
    heads = VocoderDiscriminator(base_width=1).scales
    kinds = [type(head.last.parametrizations.weight[0]).__name__ for head in heads]
    assert kinds == ["_SpectralNorm", "_WeightNorm", "_WeightNorm"]


def test_initial_weights_are_normal_with_std_001():
    generator = VocoderGenerator(base_width=8)
    for layer in generator.modules():
        if isinstance(layer, (nn.Conv1d, nn.ConvTranspose1d)) and layer.weight.numel() > 1000:
            assert layer.weight.std().item() == pytest.approx(0.01, rel=0.15)
            assert layer.bias is not None
            assert not layer.bias.any()


def test_impossible_options():
    for name in ("strides", "kernels", "dilations"):
        with pytest.raises(ValueError, match=rf"{name}=\(\): give one or more"):
            VocoderGenerator(**{name: ()})
        with pytest.raises(ValueError, match=rf"{name}=\(0,\)"):
            VocoderGenerator(**{name: (0,)})
    with pytest.raises(ValueError, match="an even one shifts time"):
        VocoderGenerator(kernels=(3, 4))
    for options in ({"periods": (), "num_scales": 0}, {"periods": (0,)}, {"num_scales": -1}):
        with pytest.raises(ValueError, match="one head or more"):
            VocoderDiscriminator(**options)
    for network in (VocoderGenerator, VocoderDiscriminator):
        with pytest.raises(ValueError, match="base_width=0"):
            network(base_width=0)


def test_inputs_of_the_wrong_shape():
    with pytest.raises(ValueError, match=r"give \[batch, 5, frames\]"):
        VocoderGenerator(num_bands=5, base_width=1)(torch.zeros(2, 4, 8))
    discriminator = VocoderDiscriminator(base_width=1)
    for shape in ((2, 64), (2, 2, 64), (2, 1, 10)):
        with pytest.raises(ValueError, match="at least 11 samples"):
            discriminator(torch.zeros(shape))
