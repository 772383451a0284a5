"""Images from a trained generator."""

from __future__ import annotations

import torch
from torch import Tensor

from onestage.apps.image_gan._networks import build_generator
from onestage.networks import DCGANGenerator
from onestage.training import (
    CheckpointError,
    RunFolder,
    TrainConfig,
    build_config,
    latest_checkpoint,
    load_weights,
    seeded_generator,
)

_BATCH = 250


@torch.no_grad()
def generate(
    generator: DCGANGenerator, num_images: int, *, seed: int, stream: str = "samples"
) -> Tensor:
    """Images [num_images, C, H, W] in [-1, 1], float32, on the CPU.

    Args:
        generator: a network with `latent_dim`, in evaluation mode.
        num_images: how many.
        seed: which; the first images do not depend on how many follow.
        stream: which independent sequence of that seed.
    """
    latents = seeded_generator(seed, stream)
    weight = next(generator.parameters())
    images = []
    for first in range(0, num_images, _BATCH):
        size = min(_BATCH, num_images - first)
        rows = [torch.randn(generator.latent_dim, generator=latents) for _ in range(size)]
        images.append(generator(torch.stack(rows).to(weight)).float().cpu())
    return torch.cat(images)


def load_generator(run: RunFolder) -> tuple[DCGANGenerator, TrainConfig, int]:
    """The averaged generator of a run's newest checkpoint, on the CPU in evaluation mode.

    Returns:
        The network, the run's config, and the step it was saved at.

    Raises:
        ValueError: (`CheckpointError`, `RunError`) if the run has none that can be used.
    """
    config = build_config(run.settings())
    path = latest_checkpoint(run.checkpoints)
    step, weights = load_weights(path, "generator_ema")
    generator = build_generator(config)
    try:
        generator.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(
            f"The weights in {path} do not fit {run.config_file}; put back the config.yaml that "
            "the run was trained with."
        ) from error
    return generator.eval(), config, step
