"""A grid of images."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from onestage._files import replacing

_GAP = 2
_READABLE = 32


def arrange_grid(images: Tensor, columns: int | None = None) -> Tensor:
    """Images side by side, row by row, on white.

    Small images are enlarged by a whole factor (each pixel a square) until they can be made out.

    Args:
        images: [N, C, H, W] in [-1, 1], C = 1 or 3.
        columns: images per row; by default about as many as there are rows.

    Returns:
        uint8 [rows, columns, C].

    Raises:
        ValueError: if there are no images, or they are not grey or RGB.
    """
    if images.ndim != 4 or len(images) == 0 or images.shape[1] not in (1, 3):
        raise ValueError(
            f"images of shape {list(images.shape)} make no grid; give [N, C, H, W] with C 1 or 3."
        )
    columns = min(columns or math.ceil(math.sqrt(len(images))), len(images))
    pixels = ((images.detach().float().cpu() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    factor = max(1, -(-_READABLE // images.shape[-1]))
    pixels = pixels.repeat_interleave(factor, dim=-1).repeat_interleave(factor, dim=-2)
    missing = -len(pixels) % columns
    pixels = F.pad(pixels, (0, _GAP, 0, _GAP, 0, 0, 0, missing), value=255)
    _, channels, height, width = pixels.shape
    grid = pixels.view(-1, columns, channels, height, width).permute(0, 3, 1, 4, 2)
    grid = grid.reshape(-1, columns * width, channels)  # [rows * height, columns * width, C]
    return F.pad(grid, (0, 0, _GAP, 0, _GAP, 0), value=255)


def write_grid(images: Tensor, path: Path, columns: int | None = None) -> None:
    """Write `arrange_grid(images)` as a PNG; an interrupted write leaves no broken file behind."""
    from PIL import Image

    grid = arrange_grid(images, columns).numpy()
    pixels = grid.squeeze(-1) if grid.shape[-1] == 1 else grid
    with replacing(path) as place:
        Image.fromarray(pixels).save(place, format="PNG")
