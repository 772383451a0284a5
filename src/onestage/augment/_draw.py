"""One random number for each sample, from torch's global generator of the images' device."""

from __future__ import annotations

import torch
from torch import Tensor


def widened(images: Tensor) -> Tensor:
    """The images in float32 at least."""
    return images.to(torch.promote_types(images.dtype, torch.float32))


def uniform(images: Tensor, low: float, high: float) -> Tensor:
    """U(low, high), [B], in the images' type."""
    return low + (high - low) * _empty(images).uniform_()


def normal(images: Tensor) -> Tensor:
    """N(0, 1), [B], in the images' type."""
    return _empty(images).normal_()


def integers(images: Tensor, low: int, high: int) -> Tensor:
    """The integers low to high - 1, equally likely, int64 [B]."""
    return torch.randint(low, high, (images.shape[0],), device=images.device)


def sometimes(p: Tensor, values: Tensor, neutral: float) -> Tensor:
    """Each value with probability p (0-dim), else the neutral one; [B].

    As many numbers are drawn whatever p is: a uniform one is below 0 never and below 1 always.
    """
    return torch.where(torch.rand_like(values) < p, values, neutral)


def per_pixel(values: Tensor) -> Tensor:
    """[B] as [B, 1, 1, 1]."""
    return values.view(-1, 1, 1, 1)


def _empty(images: Tensor) -> Tensor:
    return images.new_empty(images.shape[0])
