"""Pixel blitting: transformations that move whole pixels."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._draw import integers, sometimes, uniform
from ._matrices import compose, rotation, scaling, translation

_LARGEST_SHIFT = 0.125


def blit(images: Tensor, p: Tensor) -> Tensor:
    """The inverse of a flip, a turn and a shift, each with probability p (ADA, appendix B).

    x-flip i ~ U{0, 1}, rotation by 90 degrees times i ~ U{0, 3}, translation by round(t W) and
    round(t' H) pixels with t, t' ~ U(-1/8, 1/8). Images that are not square turn by 0 or 180
    degrees.

    Args:
        images: [B, C, H, W]; looked at for shape, type and device.
        p: a 0-dim tensor.

    Returns:
        Matrices [B, 3, 3] of whole numbers, from the places of the result to those in the image.
    """
    return compose(compose(_flip(images, p), _turn(images, p)), _shift(images, p))


def _flip(images: Tensor, p: Tensor) -> Tensor:
    mirrored = 1 - 2 * integers(images, 0, 2).to(images.dtype)
    return scaling(sometimes(p, mirrored, 1.0), torch.ones_like(mirrored))


def _turn(images: Tensor, p: Tensor) -> Tensor:
    is_square = images.shape[-1] == images.shape[-2]
    quarters = integers(images, 0, 4) if is_square else 2 * integers(images, 0, 2)
    angle = sometimes(p, quarters.to(images.dtype), 0.0) * (math.pi / 2)
    return rotation(angle.cos().round(), angle.sin().round())


def _shift(images: Tensor, p: Tensor) -> Tensor:
    height, width = images.shape[-2:]
    chosen = sometimes(p, torch.ones_like(images[:, 0, 0, 0]), 0.0)  # one coin for both directions
    x, y = (
        (uniform(images, -_LARGEST_SHIFT, _LARGEST_SHIFT) * size).round() * chosen
        for size in (width, height)
    )
    return translation(-x, -y)
