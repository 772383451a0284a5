"""Images from a generator."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from onestage.networks import UNetGenerator
from onestage.training import seeded_generator

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


@torch.no_grad()
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
    latents = seeded_generator(seed, stream)
    weight: Tensor = next(generator.parameters())
    dim: int = getattr(generator, "latent_dim", 0)
    images = []
    for first in range(0, num_images, _BATCH):
        numbers = range(first, min(first + _BATCH, num_images))
        noise = torch.stack([torch.randn(dim, generator=latents) for _ in numbers])
        condition = None if conditions is None else conditions(numbers).to(weight.device)
        made = make_images(generator, noise.to(weight), condition)
        images.append(made.float().clamp(-1, 1).cpu())  # not every generator is bounded
    return torch.cat(images)
