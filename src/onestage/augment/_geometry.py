"""General geometric transformations."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ._draw import normal, sometimes, uniform
from ._matrices import compose, rotation, scaling, translation

_OCTAVES = 0.2
_SHIFT = 0.125


def geometry(images: Tensor, p: Tensor) -> Tensor:
    """The inverse of scalings, rotations and a shift, each with probability p (ADA, appendix B).

    Isotropic scaling by s, log2 s ~ N(0, 0.2^2); rotation by U(-pi, pi); scaling by s and 1/s,
    again log2 s ~ N(0, 0.2^2); another rotation; translation by N(0, (1/8)^2) of width and height.
    Either rotation has probability 1 - sqrt(1 - p), so that p is that of any.

    Args:
        images: [B, C, H, W]; looked at for shape, type and device.
        p: a 0-dim tensor.

    Returns:
        Matrices [B, 3, 3], from the places of the result to those in the image.
    """
    p_rotation = 1 - (1 - p).sqrt()
    inverse = _isotropic(images, p)
    inverse = compose(inverse, _rotate(images, p_rotation))
    inverse = compose(inverse, _anisotropic(images, p))
    inverse = compose(inverse, _rotate(images, p_rotation))
    return compose(inverse, _shift(images, p))


def _isotropic(images: Tensor, p: Tensor) -> Tensor:
    inverse = sometimes(p, (-_OCTAVES * normal(images)).exp2(), 1.0)
    return scaling(inverse, inverse)


def _anisotropic(images: Tensor, p: Tensor) -> Tensor:
    octaves = sometimes(p, _OCTAVES * normal(images), 0.0)
    return scaling((-octaves).exp2(), octaves.exp2())


def _rotate(images: Tensor, p: Tensor) -> Tensor:
    angle = sometimes(p, uniform(images, -math.pi, math.pi), 0.0)
    return rotation(angle.cos(), angle.sin())


def _shift(images: Tensor, p: Tensor) -> Tensor:
    height, width = images.shape[-2:]
    chosen = sometimes(p, torch.ones_like(images[:, 0, 0, 0]), 0.0)  # one coin for both directions
    x, y = (_SHIFT * size * normal(images) * chosen for size in (width, height))
    return translation(-x, -y)
