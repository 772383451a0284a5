"""General geometric transformations."""

from __future__ import annotations

import math

from torch import Tensor

from onestage.augment._draw import Draw
from onestage.augment._matrices import compose, rotation, scaling, translation

_OCTAVES = 0.2
_SHIFT = 0.125


def geometry(draw: Draw, p: Tensor) -> Tensor:
    """The inverse of scalings, rotations and a shift, each with probability p (ADA, appendix B).

    Isotropic scaling by s, log2 s ~ N(0, 0.2^2); rotation by U(-pi, pi); scaling by s and 1/s,
    again log2 s ~ N(0, 0.2^2); another rotation; translation by N(0, (1/8)^2) of width and height.
    Either rotation has probability 1 - sqrt(1 - p), so that p is that of any.

    Args:
        draw: for images [B, C, H, W].
        p: a 0-dim tensor.

    Returns:
        Matrices [B, 3, 3], from the places of the result to those in the image.
    """
    p_rotation = 1 - (1 - p).sqrt()
    inverse = _isotropic(draw, p)
    inverse = compose(inverse, _rotate(draw, p_rotation))
    inverse = compose(inverse, _anisotropic(draw, p))
    inverse = compose(inverse, _rotate(draw, p_rotation))
    return compose(inverse, _shift(draw, p))


def _isotropic(draw: Draw, p: Tensor) -> Tensor:
    inverse = draw.sometimes(p, (-_OCTAVES * draw.normal()).exp2(), 1.0)
    return scaling(inverse, inverse)


def _anisotropic(draw: Draw, p: Tensor) -> Tensor:
    octaves = draw.sometimes(p, _OCTAVES * draw.normal(), 0.0)
    return scaling((-octaves).exp2(), octaves.exp2())


def _rotate(draw: Draw, p: Tensor) -> Tensor:
    angle = draw.sometimes(p, draw.uniform(-math.pi, math.pi), 0.0)
    return rotation(angle.cos(), angle.sin())


def _shift(draw: Draw, p: Tensor) -> Tensor:
    height, width = draw.size
    chosen = draw.coin(p)  # one for both directions
    x, y = (_SHIFT * size * draw.normal() * chosen for size in (width, height))
    return translation(-x, -y)
