"""Ratios with their intervals, one row each, against 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onestage.report._axis import Axis
from onestage.report._table import Interval
from onestage.report._text import escape, figure, is_number

_WIDTH, _LEFT, _RIGHT = 360, 8, 8
_LABEL, _LINE, _GAP, _AXIS = 15, 13, 8, 22
_NARROW = (0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
_WIDE = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_MIDDLE = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class Row:
    """One line of the plot: its label, and per kind of mark a ratio, or None."""

    label: str
    marks: Sequence[Interval | float | None]


def draw_forest(title: str, kinds: Sequence[str], rows: Sequence[Row], note: str, key: str) -> str:
    """A forest plot on a logarithmic axis; a mark per kind, of a shape and a colour of its own.

    Args:
        title: the heading.
        kinds: what each mark of a row is.
        rows: without a single ratio nothing is drawn.
        note: what lies on which side of 1.
        key: an identifier that no other chart of the page has.
    """
    rows = [row for row in rows if any(mark is not None for mark in row.marks)]
    if not rows:
        return ""
    return (
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>'
        f'<p class="note">{escape(note)}</p>{_legend(kinds)}{_draw(title, kinds, rows, key)}'
        "</figure>"
    )


def as_ratio(value: Any) -> Interval | float | None:
    """A positive number, or `{"ratio": ..., "low": ..., "high": ...}`; else None."""
    if not isinstance(value, dict):
        return float(value) if is_number(value) and value > 0 else None
    ratio, low, high = (value.get(name) for name in ("ratio", "low", "high"))
    if not is_number(ratio) or ratio <= 0:
        return None
    if is_number(low) and is_number(high) and low > 0:
        return Interval(float(ratio), float(low), float(high))
    return float(ratio)


def _legend(kinds: Sequence[str]) -> str:
    rows = (
        '<li><svg width="26" height="12" aria-hidden="true">'
        f"{_shape(i, 13, 6)}</svg>{escape(kind)}</li>"
        for i, kind in enumerate(kinds)
    )
    return f'<ul class="legend">{"".join(rows)}</ul>'


def _draw(title: str, kinds: Sequence[str], rows: Sequence[Row], key: str) -> str:
    axis = _fit([end for row in rows for mark in row.marks for end in _ends(mark)])
    tall = _LABEL + _LINE * len(kinds) + _GAP
    height = tall * len(rows) + _AXIS
    body = "".join(_draw_row(row, i * tall, axis) for i, row in enumerate(rows))
    words = " ".join(f"{row.label}: {_describe(row, kinds)}." for row in rows)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(words)}</desc>'
        f"{_draw_axis(axis, height)}{body}</svg>"
    )


def _ends(mark: Interval | float | None) -> list[float]:
    if isinstance(mark, Interval):
        return [mark.value, mark.low, mark.high]
    return [] if mark is None else [mark]


def _fit(ends: Sequence[float]) -> Axis:
    low, high = min(*ends, 1.0) / 1.05, max(*ends, 1.0) * 1.05
    marks = next((m for m in (_NARROW, _MIDDLE) if m[0] <= low and high <= m[-1]), _WIDE)
    ticks = tuple(tick for tick in marks if low <= tick <= high)
    return Axis(low, high, _LEFT, _WIDTH - _RIGHT, True, ticks)


def _draw_axis(axis: Axis, height: int) -> str:
    bottom = height - _AXIS
    parts, right = [], -100.0
    one = axis.place(1.0)
    for tick in axis.ticks:
        place = axis.place(tick)
        parts.append(f'<path class="rule" d="M{place} 0V{bottom}"/>')
        is_free = place - right >= 30 and (tick == 1 or abs(place - one) >= 30)
        if is_free:
            right = place
            x = min(max(place, 12), _WIDTH - 12)
            parts.append(f'<text class="mid" x="{x}" y="{height - 6}">{tick:g}</text>')
    parts.append(f'<path class="one" d="M{one} 0V{bottom}"/>')
    return "".join(parts)


def _draw_row(row: Row, top: int, axis: Axis) -> str:
    parts = [f'<text class="label" x="0" y="{top + 13}">{escape(row.label)}</text>']
    for i, mark in enumerate(row.marks):
        y = top + _LABEL + _LINE * i + _LINE // 2 + 2
        if isinstance(mark, Interval):
            ends = f'x1="{axis.place(mark.low)}" x2="{axis.place(mark.high)}"'
            parts.append(f'<line class="c{i}" {ends} y1="{y}" y2="{y}"/>')
        if mark is not None:
            parts.append(_shape(i, axis.place(_ends(mark)[0]), y))
    return "".join(parts)


def _shape(index: int, x: float, y: float) -> str:
    """A dot, a square, or a diamond."""
    style = f'class="dot c{index}"'
    if index == 0:
        return f'<circle {style} cx="{x}" cy="{y}" r="4"/>'
    if index == 1:
        return f'<rect {style} x="{x - 3.5:g}" y="{y - 3.5:g}" width="7" height="7"/>'
    return f'<path {style} d="M{x} {y - 5}l5 5l-5 5l-5-5z"/>'


def _describe(row: Row, kinds: Sequence[str]) -> str:
    return ", ".join(
        f"{kind} {mark if isinstance(mark, Interval) else figure(mark)}"
        for kind, mark in zip(kinds, row.marks, strict=True)
        if mark is not None
    )
