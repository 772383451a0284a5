"""Ratios over paired seeds."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

_RESAMPLES = 10_000
_COVERAGE = 0.9


@dataclass(frozen=True)
class Interval:
    """A point estimate with its interval."""

    estimate: float
    low: float
    high: float


def geometric_mean(ratios: Sequence[float]) -> float:
    """The mean of what multiplies: a ratio and its inverse cancel."""
    return math.exp(fmean(math.log(ratio) for ratio in ratios))


def bootstrap_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Interval:
    """The geometric mean of paired ratios, with its 90 % percentile bootstrap interval.

    Pairs (seeds) are drawn with replacement (Efron and Tibshirani 1993, chapter 13); with few of
    them the interval is too narrow rather than too wide.

    Args:
        numerators: positive, one per seed.
        denominators: likewise, in the same order.

    Raises:
        ValueError: for none, unequal numbers of them, or one that is not positive.
    """
    if not numerators or len(numerators) != len(denominators):
        raise ValueError(f"{len(numerators)} and {len(denominators)} values make no pairs.")
    if min(*numerators, *denominators) <= 0:
        raise ValueError("A ratio of values that are not positive says nothing.")
    ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
    chance = random.Random(0)
    means = sorted(geometric_mean(chance.choices(ratios, k=len(ratios))) for _ in range(_RESAMPLES))
    tail = (1 - _COVERAGE) / 2
    low, high = (means[round(share * (_RESAMPLES - 1))] for share in (tail, 1 - tail))
    return Interval(geometric_mean(ratios), low, high)
