"""Curves as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from onestage.report._axis import Axis, fit_axis
from onestage.report._text import escape, figure, short
from onestage.report._thin import Point, Span, thin, thin_spans

_WIDTH, _HEIGHT = 360, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 10, 24
_COLOURS = 8
_DASHES = ("", "6 3", "2 2", "8 3 2 3")


@dataclass(frozen=True)
class Curve:
    """One line of a chart.

    Attributes:
        label: what it is called in the legend.
        points: step and value, finite, in order.
        band: step, low and high around it; may be empty.
    """

    label: str
    points: Sequence[Point]
    band: Sequence[Span] = field(default=())


def draw_chart(title: str, curves: Sequence[Curve], note: str = "", *, key: str) -> str:
    """A figure with a heading, a legend and the curves over the steps.

    The colours are told apart by the colour-blind; from the ninth curve on, and for neighbours of a
    similar hue, the dashes tell them apart as well. What can be seen is also said in words.

    Args:
        title: what is drawn.
        curves: at least one, with at least one point each.
        note: a sentence under the heading.
        key: an identifier that no other chart of the page has.
    """
    told = f'<p class="note">{escape(note)}</p>' if note else ""
    legend = _legend(curves) if len(curves) > 1 else ""
    return (
        f'<figure class="chart"><figcaption>{escape(title)}</figcaption>{told}{legend}'
        f"{_draw(title, curves, key)}</figure>"
    )


def mark(index: int) -> str:
    """The attributes of curve number `index`: its colour, and its dashes."""
    dash = _DASHES[(index // _COLOURS + index) % len(_DASHES)]
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return f'class="c{index % _COLOURS}"{dashes}'


def describe(curve: Curve) -> str:
    """A curve in words."""
    values = [y for _, y in curve.points]
    (first, start), (last, end) = curve.points[0], curve.points[-1]
    if first == last:
        return f"{curve.label}: {figure(end)} at step {last:,.0f}."
    return (
        f"{curve.label}: {figure(start)} at step {first:,.0f}, {figure(end)} at step {last:,.0f}; "
        f"least {figure(min(values))}, greatest {figure(max(values))}."
    )


def _legend(curves: Sequence[Curve]) -> str:
    rows = (
        '<li><svg width="26" height="10" aria-hidden="true">'
        f'<line x1="1" y1="5" x2="25" y2="5" {mark(i)}/></svg>{escape(curve.label)}</li>'
        for i, curve in enumerate(curves)
    )
    return f'<ul class="legend">{"".join(rows)}</ul>'


def _draw(title: str, curves: Sequence[Curve], key: str) -> str:
    x, y = _axes(curves)
    words = " ".join(map(describe, curves))
    lines = "".join(_draw_curve(curve, i, x, y) for i, curve in enumerate(curves))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(words)}</desc>'
        f"{_draw_grid(x, y)}{lines}</svg>"
    )


def _axes(curves: Sequence[Curve]) -> tuple[Axis, Axis]:
    steps = [x for curve in curves for x, _ in curve.points]
    values = [y for curve in curves for _, y in curve.points]
    values += [y for curve in curves for _, *ends in curve.band for y in ends]
    x = fit_axis([0.0, *steps], _LEFT, _WIDTH - _RIGHT, tight=True)
    return x, fit_axis(values, _HEIGHT - _BOTTOM, _TOP)


def _draw_grid(x: Axis, y: Axis) -> str:
    parts = []
    for value in y.ticks:
        place = y.place(value)
        parts.append(f'<path class="rule" d="M{_LEFT} {place}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{place + 4}" class="end">{short(value)}</text>')
    for value in x.ticks:
        place, anchor = x.place(value), ""
        if place > _WIDTH - _RIGHT - 12:
            place, anchor = _WIDTH - 2, ' class="end"'  # within the frame
        elif value:
            anchor = ' class="mid"'
        parts.append(f'<text x="{place}" y="{_HEIGHT - 6}"{anchor}>{short(value)}</text>')
    return "".join(parts)


def _draw_curve(curve: Curve, index: int, x: Axis, y: Axis) -> str:
    band = ""
    if curve.band:
        spans = thin_spans(curve.band)
        there = [f"{x.place(at)},{y.place(high)}" for at, _, high in spans]
        back = [f"{x.place(at)},{y.place(low)}" for at, low, _ in reversed(spans)]
        band = f'<polygon class="band c{index % _COLOURS}" points="{" ".join(there + back)}"/>'
    points = [(x.place(at), y.place(value)) for at, value in thin(curve.points)]
    if len(points) == 1:
        (at, value), *_ = points
        return f'{band}<circle class="dot c{index % _COLOURS}" cx="{at}" cy="{value}" r="3"/>'
    line = " ".join(f"{at},{value}" for at, value in points)
    return f'{band}<polyline {mark(index)} points="{line}"/>'
