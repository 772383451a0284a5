import copy

import pytest
import torch

from onestage.networks import CGANGenerator, MLPGenerator, VocoderGenerator


def test_a_generator_keeps_what_it_was_built_with_and_the_defaults():
    network = CGANGenerator(num_classes=3, image_size=16, base_width=8)
    assert network.options == {
        "num_classes": 3,
        "image_size": 16,
        "channels": 3,
        "latent_dim": 100,
        "base_width": 8,
        "norm": "batch",
    }
    assert copy.deepcopy(network).options == network.options


def test_the_options_build_the_same_network_again():
    network = VocoderGenerator(num_bands=8, base_width=4, strides=(4, 2), kernels=(3,))
    again = VocoderGenerator(**network.options)
    again.load_state_dict(network.state_dict())
    spectrograms = torch.randn(1, 8, 5)
    assert torch.equal(again(spectrograms), network(spectrograms))


def test_wrong_options_are_refused_as_ever():
    with pytest.raises(ValueError, match="latent_dim=0 leaves nothing to learn"):
        MLPGenerator(latent_dim=0)
    with pytest.raises(TypeError, match="latents"):
        MLPGenerator(latents=3)
