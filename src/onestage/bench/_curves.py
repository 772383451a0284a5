"""A picture of step time and memory against what was swept; needs Pillow."""

from __future__ import annotations

from typing import Any

from onestage.bench._options import SWEPT

_PANEL, _GAP, _TOP, _HEIGHT = 330, 70, 50, 250
_PANELS = {"ms": ("median_s", 1e3), "MiB": ("peak_bytes", 2**-20)}
_COLOURS = ("#cc3311", "#ee7733", "#4477aa", "#228833", "#aa3377", "#666666")


def swept_name(found: dict[str, Any]) -> str | None:
    """Which of batch, width and size took several values."""
    records = found.get("records", [])
    return next((name for name in SWEPT if len({r[name] for r in records}) > 1), None)


def curves_image(found: dict[str, Any]) -> Any:
    """Two panels, milliseconds and MiB, with a line for each contender; a Pillow image."""
    from PIL import Image, ImageDraw, ImageFont

    records = [r for r in found["records"] if r["precision"] == found["records"][0]["precision"]]
    names = list(dict.fromkeys(r["contender"] for r in records))
    size = (2 * (_PANEL + _GAP), _TOP + _HEIGHT + 50 + 20 * len(names))
    image = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(13)
    swept = swept_name(found)
    assert swept is not None  # a single point is drawn as bars
    for i, (title, (field, unit)) in enumerate(_PANELS.items()):
        left = i * (_PANEL + _GAP) + 50
        lines = {
            name: [(r[swept], r[field] * unit) for r in records if r["contender"] == name]
            for name in names
        }
        draw.text((left, 14), f"{records[0]['networks']}: {title} against {swept}", "#222222", font)
        _draw_panel(draw, font, left, lines)
    for i, name in enumerate(names):
        place = _TOP + _HEIGHT + 34 + 20 * i
        draw.line((50, place + 8, 74, place + 8), _COLOURS[i % len(_COLOURS)], 3)
        draw.text((82, place), name, "#222222", font)
    return image


def _draw_panel(
    draw: Any, font: Any, left: float, lines: dict[str, list[tuple[float, float]]]
) -> None:
    """Both axes begin at 0."""
    points = [point for line in lines.values() for point in line]
    most_x, most_y = max(x for x, _ in points), max(y for _, y in points)
    bottom = _TOP + _HEIGHT

    def at(point: tuple[float, float]) -> tuple[float, float]:
        x, y = point
        return left + x / most_x * (_PANEL - 40), bottom - y / most_y * (_HEIGHT - 10)

    draw.line((left, _TOP, left, bottom, left + _PANEL - 30, bottom), "#222222")
    for x in sorted({x for x, _ in points}):
        draw.text((at((x, 0))[0] - 8, bottom + 6), f"{x:g}", "#222222", font)
    draw.text((left - 44, _TOP), f"{most_y:.0f}", "#222222", font)
    draw.text((left - 20, bottom - 8), "0", "#222222", font)
    for i, line in enumerate(lines.values()):
        places = [at(point) for point in line]
        draw.line(places, _COLOURS[i % len(_COLOURS)], 2)
        for x, y in places:
            draw.ellipse((x - 3, y - 3, x + 3, y + 3), _COLOURS[i % len(_COLOURS)])
