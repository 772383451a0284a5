"""A picture of a run: measured ratios against what the counted work allows; needs Pillow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from onestage.bench._curves import curves_image, swept_name
from onestage.bench._text import is_main

_ROW, _LEFT, _WIDTH, _TOP = 34, 330, 420, 46
_INK, _PALE, _BAR, _LIMIT = "#222222", "#dddddd", "#4477aa", "#cc3311"


def draw_ratios(found: dict[str, Any], path: Path) -> None:
    """Bars for the measured ratios with their interval; a red line where the FLOPs' limit is.

    A sweep becomes curves of step time and memory.

    Raises:
        ValueError: where Pillow is not installed.
    """
    try:
        from PIL import Image, ImageDraw, ImageFont
    except ModuleNotFoundError as error:
        raise ValueError(
            "--picture needs Pillow, and torch alone is installed: pip install pillow, or leave "
            "it out; --json holds the same figures."
        ) from error
    path.parent.mkdir(parents=True, exist_ok=True)
    if swept_name(found) is not None:
        curves_image(found).save(path)
        return
    rows = [r for r in found["ratios"] if is_main(r) and r["slower"].startswith("two-stage")]
    most = max([1.0, *map(_reach, rows)])
    image = Image.new("RGB", (_LEFT + _WIDTH + 90, _TOP + _ROW * len(rows) + 16), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    title = f"{_names(rows)}: times faster (bar, 95 %); the red line is what the FLOPs allow"
    draw.text((12, 12), title, _INK, font)
    for i, row in enumerate(rows):
        _draw_row(draw, font, row, _TOP + i * _ROW, _WIDTH / most)
    image.save(path)


def _names(rows: list[dict[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(f"{row['networks']}, batch {row['batch']}" for row in rows))


def _draw_row(draw: Any, font: Any, row: dict[str, Any], top: float, scale: float) -> None:
    middle = top + _ROW / 2 - 4
    draw.text((12, middle - 8), f"{row['slower']} / {row['faster'][:24]}", _INK, font)
    draw.rectangle((_LEFT, top, _LEFT + row["measured"] * scale, top + _ROW - 10), _BAR)
    draw.line((_LEFT + scale, top - 2, _LEFT + scale, top + _ROW - 8), _PALE)  # as fast
    draw.line((_LEFT + row["low"] * scale, middle, _LEFT + row["high"] * scale, middle), _INK, 2)
    if row["allowed_flops"] is not None:
        limit = _LEFT + row["allowed_flops"] * scale
        draw.line((limit, top - 3, limit, top + _ROW - 7), _LIMIT, 3)
    right = _LEFT + _reach(row) * scale + 10  # of all that was drawn
    draw.text((right, middle - 8), f"{row['measured']:.2f}", _INK, font)


def _reach(row: dict[str, Any]) -> float:
    """The largest ratio that a row shows."""
    return max(row["high"], row["allowed_flops"] or 0)
