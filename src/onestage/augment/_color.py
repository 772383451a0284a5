"""Transformations of colour."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from onestage.augment._draw import Draw, per_pixel
from onestage.augment._matrices import compose, is_identity, stack

_BRIGHTNESS = 0.2
_CONTRAST_OCTAVES = 0.5
_SATURATION_OCTAVES = 1.0


def color(images: Tensor, draw: Draw, p: Tensor) -> Tensor:
    """Five transformations of colour, each with probability p (ADA, appendix B).

    Brightness: b ~ N(0, 0.2^2) is added. Contrast: times c, log2 c ~ N(0, 0.5^2). Luma flip:
    i ~ U{0, 1} mirrors the grey axis at 0. Hue: a rotation about the grey axis by U(-pi, pi).
    Saturation: times s, log2 s ~ N(0, 1), the distance from the grey axis. All are affine in the
    colour, and values are not clamped.

    Args:
        images: [B, C, H, W], C = 1 or 3. Grey ones are taken for RGB with three equal channels,
            so that hue and saturation leave them as they are.
        draw: for them.
        p: a 0-dim tensor.

    Returns:
        [B, C, H, W]; a sample that draws nothing is returned bit for bit.
    """
    matrix = _brightness(draw, p)
    for drawn in (_contrast, _luma_flip):
        matrix = compose(drawn(draw, p), matrix)
    if images.shape[1] == 1:
        matrix = _on_grey(matrix)
    else:
        matrix = compose(_saturation(draw, p), compose(_hue(draw, p), matrix))
    return torch.where(per_pixel(is_identity(matrix)), images, _apply(images, matrix))


def _apply(images: Tensor, matrix: Tensor) -> Tensor:
    """Matrices [B, C + 1, C + 1] on the colours of images [B, C, H, W]."""
    rows = matrix[:, :-1, :, None, None]  # [B, C, C + 1, 1, 1]
    total = rows[:, :, -1]
    for i in range(images.shape[1]):
        total = total + rows[:, :, i] * images[:, i : i + 1]
    return total


def _on_grey(matrix: Tensor) -> Tensor:
    """[B, 2, 2]: what [B, 4, 4] does to a grey axis that it maps onto itself."""
    one = torch.ones_like(matrix[:, 0, 0])
    gain = matrix[:, 0, 0] + matrix[:, 0, 1] + matrix[:, 0, 2]
    return stack([[gain, matrix[:, 0, 3]], [torch.zeros_like(one), one]])


def _linear(diagonal: Tensor, mean: Tensor, turn: Tensor | None = None) -> Tensor:
    """X -> diagonal x + mean (average of x) + turn (grey axis cross x), [B, 4, 4], from [B]."""
    zero, one = torch.zeros_like(mean), torch.ones_like(mean)
    off = mean / 3
    up, down = (off, off) if turn is None else (off + turn, off - turn)
    on = diagonal + off
    return stack(
        [[on, down, up, zero], [up, on, down, zero], [down, up, on, zero], [zero, zero, zero, one]]
    )


def _brightness(draw: Draw, p: Tensor) -> Tensor:
    b = draw.sometimes(p, _BRIGHTNESS * draw.normal(), 0.0)
    zero, one = torch.zeros_like(b), torch.ones_like(b)
    return stack(
        [[one, zero, zero, b], [zero, one, zero, b], [zero, zero, one, b], [zero, zero, zero, one]]
    )


def _contrast(draw: Draw, p: Tensor) -> Tensor:
    factor = draw.sometimes(p, (_CONTRAST_OCTAVES * draw.normal()).exp2(), 1.0)
    return _linear(factor, torch.zeros_like(factor))


def _luma_flip(draw: Draw, p: Tensor) -> Tensor:
    flips = draw.sometimes(p, draw.integers(0, 2).to(draw.dtype), 0.0)
    return _linear(torch.ones_like(flips), -2 * flips)


def _hue(draw: Draw, p: Tensor) -> Tensor:
    angle = draw.sometimes(p, draw.uniform(-math.pi, math.pi), 0.0)
    return _linear(angle.cos(), 1 - angle.cos(), angle.sin() / math.sqrt(3))


def _saturation(draw: Draw, p: Tensor) -> Tensor:
    factor = draw.sometimes(p, (_SATURATION_OCTAVES * draw.normal()).exp2(), 1.0)
    return _linear(factor, 1 - factor)
