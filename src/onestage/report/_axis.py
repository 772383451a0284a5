"""Numbers to places on a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)
_DECADES = 100.0  # a quantity that spans so much is read by its order of magnitude


@dataclass(frozen=True)
class Axis:
    """A stretch of numbers over a stretch of the page.

    Attributes:
        low: the number at `start`.
        high: the number at `end`.
        start: a place in the SVG's units.
        end: another.
        is_log: whether equal ratios are equally long.
        ticks: numbers to be marked.
    """

    low: float
    high: float
    start: float
    end: float
    is_log: bool
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Where a number stands; what lies outside stands at the end."""
        low, high, value = (self._scale(v) for v in (self.low, self.high, value))
        share = (value - low) / (high - low)
        return round(self.start + (self.end - self.start) * min(max(share, 0.0), 1.0), 1)

    def _scale(self, value: float) -> float:
        if not self.is_log:
            return value
        return math.log10(value) if value > 0 else -math.inf


def fit_axis(
    values: Sequence[float], start: float, end: float, *, ticks: int = 4, tight: bool = False
) -> Axis:
    """An axis for these numbers: logarithmic if all are positive and span two decades or more.

    Args:
        values: finite numbers, at least one.
        start: where the least stands.
        end: where the greatest stands.
        ticks: about how many.
        tight: end at the numbers, not at the next ticks (for steps), and never be logarithmic.
    """
    low, high = min(values), max(values)
    if not tight and low > 0 and high / low >= _DECADES:
        return log_axis(low, high, start, end, ticks)
    if low == high:
        low, high = (low - abs(low) / 2, high + abs(high) / 2) if low else (-1.0, 1.0)
    step = _nice((high - low) / ticks)
    if not tight:
        low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    marked = tuple(i * step for i in range(first, last + 1))
    return Axis(low, high, start, end, False, marked)


def log_axis(low: float, high: float, start: float, end: float, ticks: int = 4) -> Axis:
    """A logarithmic axis from decade to decade."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, math.ceil((last - first) / ticks))
    last = first + stride * math.ceil((last - first) / stride)
    marked = tuple(10.0**i for i in range(first, last + 1, stride))
    return Axis(10.0**first, 10.0**last, start, end, True, marked)


def _nice(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(nice for nice in _STEPS if step <= nice * power * (1 + 1e-9)) * power
