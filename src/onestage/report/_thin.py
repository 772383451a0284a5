"""Fewer points and pictures, of which the eye misses none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import TypeVar

Point = tuple[float, float]
Span = tuple[float, float, float]
_T = TypeVar("_T")


def thin(points: Sequence[Point], limit: int = 500) -> list[Point]:
    """At most `limit` points, the least and the greatest of each stretch: no spike is lost."""
    if len(points) <= limit:
        return list(points)
    kept: list[Point] = []
    for stretch in _stretches(points, limit // 2):
        low = min(stretch, key=lambda point: point[1])
        high = max(stretch, key=lambda point: point[1])
        kept += sorted({low, high})
    return kept


def thin_spans(spans: Sequence[Span], limit: int = 500) -> list[Span]:
    """At most `limit` spans (x, low, high), each as wide as its stretch."""
    if len(spans) <= limit:
        return list(spans)
    return [
        (stretch[len(stretch) // 2][0], min(s[1] for s in stretch), max(s[2] for s in stretch))
        for stretch in _stretches(spans, limit)
    ]


def smooth(points: Sequence[Point], number: int) -> list[Point]:
    """The medians of `number` stretches, each in the middle of its own."""
    return [
        (stretch[len(stretch) // 2][0], median(value for _, value in stretch))
        for stretch in _stretches(points, number)
    ]


def spread(items: Sequence[_T], limit: int) -> list[_T]:
    """At most `limit` items, evenly spread, the first and the last among them (or the last)."""
    if len(items) <= limit:
        return list(items)
    if limit == 1:
        return [items[-1]]
    return [items[round(i * (len(items) - 1) / (limit - 1))] for i in range(limit)]


def _stretches(items: Sequence[_T], number: int) -> list[Sequence[_T]]:
    edges = [i * len(items) // number for i in range(number + 1)]
    return [items[a:b] for a, b in pairwise(edges)]
