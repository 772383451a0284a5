"""DiffAugment's three policies, on images [B, C, H, W] in float32 or float64."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from onestage.augment._draw import Draw, per_pixel

_SHIFT = 1 / 8
_CUTOUT = 1 / 2


def color(images: Tensor, draw: Draw) -> Tensor:
    """Brightness, saturation and contrast, each drawn for every sample.

    U(-1/2, 1/2) is added; the distance from the mean over the channels is multiplied by U(0, 2),
    which leaves grey images as they are; the distance from the image's mean by U(1/2, 3/2).
    """
    images = images + per_pixel(draw.uniform(-0.5, 0.5))
    if images.shape[1] > 1:
        images = _from_mean(images, images.mean(1, keepdim=True), draw.uniform(0.0, 2.0))
    return _from_mean(images, images.mean((1, 2, 3), keepdim=True), draw.uniform(0.5, 1.5))


def translation(images: Tensor, draw: Draw) -> Tensor:
    """A shift by up to 1/8 of height and width, to whole pixels; 0 comes in from outside."""
    for axis in (2, 3):
        size = images.shape[axis]
        largest = int(size * _SHIFT + 0.5)
        source = _axis(images, axis) - per_pixel(draw.integers(-largest, largest + 1))
        inside = (source >= 0) & (source < size)
        shifted = images.gather(axis, source.clamp(0, size - 1).expand_as(images))
        images = torch.where(inside, shifted, 0.0)
    return images


def cutout(images: Tensor, draw: Draw) -> Tensor:
    """A rectangle of half the height and width becomes 0; its centre lies anywhere in the image."""
    inside = torch.ones((1, 1, 1, 1), dtype=torch.bool, device=images.device)
    for axis in (2, 3):
        size = images.shape[axis]
        length = int(size * _CUTOUT + 0.5)
        centre = per_pixel(draw.integers(0, size + (length + 1) % 2))
        offset = _axis(images, axis) - centre + length // 2
        inside = inside & (offset >= 0) & (offset < length)
    return torch.where(inside, 0.0, images)


POLICIES: dict[str, Callable[[Tensor, Draw], Tensor]] = {
    "color": color,
    "translation": translation,
    "cutout": cutout,
}


def _from_mean(images: Tensor, mean: Tensor, factor: Tensor) -> Tensor:
    return mean + (images - mean) * per_pixel(factor)


def _axis(images: Tensor, axis: int) -> Tensor:
    """The indices along height (2) or width (3), [1, 1, H, 1] or [1, 1, 1, W]."""
    index = torch.arange(images.shape[axis], device=images.device)
    return index.view(1, 1, -1, 1) if axis == 2 else index.view(1, 1, 1, -1)
