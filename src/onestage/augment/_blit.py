"""Pixel blitting: transformations that move whole pixels."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from onestage.augment._draw import Draw
from onestage.augment._matrices import compose, rotation, scaling, translation

_LARGEST_SHIFT = 0.125


def blit(draw: Draw, p: Tensor) -> Tensor:
    """The inverse of a flip, a turn and a shift, each with probability p (ADA, appendix B).

    x-flip i ~ U{0, 1}, rotation by 90 degrees times i ~ U{0, 3}, translation by round(t W) and
    round(t' H) pixels with t, t' ~ U(-1/8, 1/8). Images that are not square turn by 0 or 180
    degrees.

    Args:
        draw: for images [B, C, H, W].
        p: a 0-dim tensor.

    Returns:
        Matrices [B, 3, 3] of whole numbers, from the places of the result to those in the image.
    """
    return compose(compose(_flip(draw, p), _turn(draw, p)), _shift(draw, p))


def _flip(draw: Draw, p: Tensor) -> Tensor:
    mirrored = 1 - 2 * draw.integers(0, 2).to(draw.dtype)
    return scaling(draw.sometimes(p, mirrored, 1.0), torch.ones_like(mirrored))


def _turn(draw: Draw, p: Tensor) -> Tensor:
    height, width = draw.size
    quarters = draw.integers(0, 4) if height == width else 2 * draw.integers(0, 2)
    angle = draw.sometimes(p, quarters.to(draw.dtype), 0.0) * (math.pi / 2)
    return rotation(angle.cos().round(), angle.sin().round())


def _shift(draw: Draw, p: Tensor) -> Tensor:
    height, width = draw.size
    chosen = draw.coin(p)  # one for both directions
    x, y = (
        (draw.uniform(-_LARGEST_SHIFT, _LARGEST_SHIFT) * size).round() * chosen
        for size in (width, height)
    )
    return translation(-x, -y)
