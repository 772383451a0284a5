"""One small generator of every kind."""

import torch

from onestage import networks

_IMAGES = {"image_size": 16, "channels": 1, "base_width": 8}
_OPTIONS = {
    "CGANGenerator": {**_IMAGES, "latent_dim": 8, "num_classes": 3},
    "DCGANGenerator": {**_IMAGES, "latent_dim": 8},
    "MLPGenerator": {"latent_dim": 2, "base_width": 16},
    "ProjectionGenerator": {**_IMAGES, "latent_dim": 8, "num_classes": 3},
    "R3GANGenerator": {**_IMAGES, "latent_dim": 8, "num_blocks": 1},
    "SNGANGenerator": {**_IMAGES, "latent_dim": 8},
    "UNetGenerator": {**_IMAGES, "condition_channels": 3},
    "VocoderGenerator": {"num_bands": 8, "base_width": 4, "strides": (4, 2), "kernels": (3,)},
}
NAMES = sorted(_OPTIONS)


def build(name, seed=0):
    """In training mode, with statistics that are not those of the beginning."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = getattr(networks, name)(**_OPTIONS[name])
        for value in network.state_dict().values():
            if value.dtype == torch.float32:
                value.add_(0.02 * torch.rand_like(value))
    return network
