"""Curves as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from onestage.report._axis import Axis, fit_axis
from onestage.report._text import escape, figure, short
from onestage.report._thin import Point, Span, smooth, thin, thin_spans

_WIDTH, _HEIGHT = 360, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 10, 10, 24
_COLOURS = 8
_MANY, _MEDIANS, _SPANS = 120, 60, 120  # of more points than _MANY, medians are drawn besides
_POINTS, _ALL_POINTS = 500, 4000  # of a curve, and of a chart
_BANDS = 4  # more of them hide each other
_CROWD = 2  # of more curves than these, what is pale is paler
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


def draw_chart(
    title: str, curves: Sequence[Curve], note: str = "", *, key: str, is_share: bool = False
) -> str:
    """A figure with a heading, a legend and the curves over the steps.

    Of many points, all are pale (thinned, with every spike) and the medians of stretches full.
    The colours are told apart by the colour-blind; from the ninth curve on, and for neighbours of a
    similar hue, the dashes tell them apart as well. What can be seen is also said in words.

    Args:
        title: what is drawn.
        curves: at least one, with at least one point each.
        note: a sentence under the heading.
        key: an identifier that no other chart of the page has.
        is_share: whether the values are shares, which are read from 0.
    """
    told = f'<p class="note">{escape(note)}</p>' if note else ""
    legend = _legend(curves) if len(curves) > 1 else ""
    kind = "chart crowd" if len(curves) > _CROWD else "chart"
    return (
        f'<figure class="{kind}"><figcaption>{escape(title)}</figcaption>{told}{legend}'
        f"{_draw(title, curves, key, is_share)}</figure>"
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


def _draw(title: str, curves: Sequence[Curve], key: str, is_share: bool) -> str:
    x, y = _axes(curves, is_share)
    words = " ".join(map(describe, curves))
    limit = max(_MANY, min(_POINTS, _ALL_POINTS // len(curves)))
    below = "".join(_draw_below(curve, i, x, y, limit) for i, curve in enumerate(curves))
    above = "".join(_draw_curve(curve, i, x, y) for i, curve in enumerate(curves))
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(words)}</desc>'
        f"{_draw_grid(x, y)}{below}{above}</svg>"
    )


def _axes(curves: Sequence[Curve], is_share: bool) -> tuple[Axis, Axis]:
    steps = [x for curve in curves for x, _ in curve.points]
    values = [y for curve in curves for _, y in curve.points] + ([0.0] if is_share else [])
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


def _draw_below(curve: Curve, index: int, x: Axis, y: Axis, limit: int) -> str:
    """What no line may be hidden by: the band, and all points of many."""
    colour, drawn = f"c{index % _COLOURS}", ""
    if len(curve.band) > 1 and index < _BANDS:
        spans = thin_spans(curve.band, _SPANS)
        around = [(at, high) for at, _, high in spans]
        around += [(at, low) for at, low, _ in reversed(spans)]
        drawn = f'<polygon class="band {colour}" points="{_places(around, x, y)}"/>'
    if len(curve.points) > _MANY:
        points = _places(thin(curve.points, limit), x, y)
        drawn += f'<polyline class="pale {colour}" points="{points}"/>'
    return drawn


def _draw_curve(curve: Curve, index: int, x: Axis, y: Axis) -> str:
    if len(curve.points) == 1:
        ((at, value),) = curve.points
        place = f'cx="{x.place(at):g}" cy="{y.place(value):g}"'
        return f'<circle class="dot c{index % _COLOURS}" {place} r="3"/>'
    is_long = len(curve.points) > _MANY
    points = smooth(curve.points, _MEDIANS) if is_long else curve.points
    return f'<polyline {mark(index)} points="{_places(points, x, y)}"/>'


def _places(points: Sequence[Point], x: Axis, y: Axis) -> str:
    return " ".join(f"{x.place(at):g},{y.place(value):g}" for at, value in points)
