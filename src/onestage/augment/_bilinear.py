"""Bilinear sampling that can be differentiated twice."""

from __future__ import annotations

import torch
from torch import Tensor


def bilinear(images: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """The images at places between their pixels; outside they are continued by reflection.

    The same as `torch.nn.functional.grid_sample(..., padding_mode="reflection",
    align_corners=True)`, up to the unit of the places. It is made of gathers, which have a second
    derivative; it is differentiable in the images, not in the places.

    Args:
        images: [B, C, H, W].
        x: columns in pixels, 0 the centre of the first and W - 1 of the last, [B, h, w]; finite.
        y: rows likewise, [B, h, w].

    Returns:
        [B, C, h, w].
    """
    _, _, height, width = images.shape
    flat = images.flatten(2)  # [B, C, H * W]
    left, top = x.floor(), y.floor()
    right_part, lower_part = x - left, y - top
    columns = [_reflected(left.long() + step, width) for step in (0, 1)]
    rows = [_reflected(top.long() + step, height) for step in (0, 1)]
    total: Tensor | None = None
    for row, row_part in zip(rows, (1 - lower_part, lower_part), strict=True):
        for column, column_part in zip(columns, (1 - right_part, right_part), strict=True):
            corner = _pick(flat, row * width + column) * (row_part * column_part).unsqueeze(1)
            total = corner if total is None else total + corner
    assert total is not None
    return total


def affine(images: Tensor, matrix: Tensor) -> Tensor:
    """The images moved by an affine map of the plane about their centre.

    Args:
        images: [B, C, H, W].
        matrix: from the places of the result to those in the image, in pixels from the centre,
            x before y, [B, 3, 3] with a last row of 0, 0, 1.

    Returns:
        [B, C, H, W].
    """
    _, _, height, width = images.shape
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    x = torch.arange(width, dtype=matrix.dtype, device=matrix.device) - middle_x  # [W]
    y = torch.arange(height, dtype=matrix.dtype, device=matrix.device).unsqueeze(1) - middle_y

    def place(row: Tensor) -> Tensor:
        a, b, c = row.unsqueeze(-1).unsqueeze(-1).unbind(1)  # [B, 1, 1] each
        return a * x + b * y + c  # [B, H, W]

    return bilinear(images, place(matrix[:, 0]) + middle_x, place(matrix[:, 1]) + middle_y)


def _reflected(index: Tensor, size: int) -> Tensor:
    """Any integer as an index below `size`, by reflection at the centres of the outer pixels."""
    last = size - 1
    return last - (index.remainder(max(2 * last, 1)) - last).abs()


def _pick(flat: Tensor, index: Tensor) -> Tensor:
    """The pixels [B, C, h, w] of [B, C, H * W] at int64 [B, h, w]."""
    places = index.flatten(1).unsqueeze(1).expand(-1, flat.shape[1], -1)
    return flat.gather(2, places).unflatten(2, index.shape[1:])
