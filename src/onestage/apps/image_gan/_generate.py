"""Images from a generator."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from onestage.apps.gan import draw_latents
from onestage.networks import UNetGenerator

_BATCH = 250


def make_images(generator: nn.Module, latents: Tensor, condition: Tensor | None) -> Tensor:
    """Images [B, C, H, W] from latents [B, latent_dim] and a condition [B, ...].

    A translation of images has no latents; its chance is its dropout.
    """
    if condition is None:
        return generator(latents)
    network = generator.module if isinstance(generator, DistributedDataParallel) else generator
    if isinstance(network, UNetGenerator):
        return generator(condition)
    return generator(latents, condition)


def generate(
    generator: nn.Module,
    num_images: int,
    *,
    seed: int,
    stream: str = "samples",
    conditions: Callable[[range], Tensor] | None = None,
) -> Tensor:
    """Images [num_images, C, H, W] in [-1, 1], float32, on the CPU.

    Args:
        generator: in evaluation mode.
        num_images: how many.
        seed: which; the first images do not depend on how many follow.
        stream: which independent sequence of that seed.
        conditions: the conditions of images by number, for a generator that takes one.
    """
    dim: int = getattr(generator, "latent_dim", 0)
    latents = draw_latents(num_images, dim, seed=seed, stream=stream)
    return generate_from(generator, latents, conditions)


@torch.no_grad()
def generate_from(
    generator: nn.Module, latents: Tensor, conditions: Callable[[range], Tensor] | None
) -> Tensor:
    """The images of latents [N, latent_dim]; arguments and result as `generate`."""
    weight: Tensor = next(generator.parameters())
    images = []
    for first in range(0, len(latents), _BATCH):
        noise = latents[first : first + _BATCH]
        numbers = range(first, first + len(noise))
        condition = None if conditions is None else conditions(numbers).to(weight.device)
        made = make_images(generator, noise.to(weight), condition)
        images.append(made.float().clamp(-1, 1).cpu())  # not every generator is bounded
    return torch.cat(images)
