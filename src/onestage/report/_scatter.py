"""Two groups of points in the plane, in one panel or several beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from onestage._files import replacing

_SIDE, _HEAD, _MARGIN, _DOT = 420, 44, 16, 3
_FIRST, _SECOND = (150, 150, 150), (0, 90, 181)  # told apart by everybody, in print as well


class Panel(NamedTuple):
    """One plane.

    Attributes:
        title: above it.
        first: points [N, 2], grey discs.
        second: points [M, 2], blue crosses; N + M >= 1.
    """

    title: str
    first: Tensor
    second: Tensor


def write_scatter(panels: Sequence[Panel], path: Path, *, first: str, second: str) -> None:
    """Write panels as a PNG; an interrupted write leaves no broken file behind.

    Each panel has a frame of its own, with equal units in both directions.

    Args:
        panels: at least one.
        path: the file.
        first: what the grey discs are.
        second: what the blue crosses are.
    """
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (_SIDE * len(panels), _SIDE + _HEAD), "white")
    canvas = ImageDraw.Draw(picture)
    for number, panel in enumerate(panels):
        left = number * _SIDE
        canvas.text((left + _MARGIN, 6), panel.title, fill="black")
        canvas.text((left + _MARGIN, 24), f"o {first}", fill=_FIRST)
        canvas.text((left + _SIDE // 2, 24), f"x {second}", fill=_SECOND)
        canvas.rectangle((left + 4, _HEAD, left + _SIDE - 4, _HEAD + _SIDE - 4), outline="silver")
        for points, colour in zip(_places(panel, left), (_FIRST, _SECOND), strict=True):
            for x, y in points:
                _mark(canvas, x, y, colour)
    with replacing(path) as place:
        picture.save(place, format="PNG")


def _places(panel: Panel, left: int) -> list[list[list[float]]]:
    """Both groups in pixels."""
    groups = [group.detach().double().cpu().nan_to_num() for group in (panel.first, panel.second)]
    low, high = torch.cat(groups).aminmax(dim=0)
    middle, reach = (low + high) / 2, max(float((high - low).max()) / 2, 1e-12)
    half = _SIDE / 2
    scale = (half - _MARGIN) / reach
    return [
        [[left + half + x, _HEAD + half - y] for x, y in ((group - middle) * scale).tolist()]
        for group in groups
    ]


def _mark(canvas: Any, x: float, y: float, colour: tuple[int, int, int]) -> None:
    if colour == _FIRST:
        canvas.ellipse((x - _DOT, y - _DOT, x + _DOT, y + _DOT), outline=colour)
    else:
        canvas.line((x - _DOT, y - _DOT, x + _DOT, y + _DOT), fill=colour)
        canvas.line((x - _DOT, y + _DOT, x + _DOT, y - _DOT), fill=colour)
