"""Numbers over several seeds."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from _quality.play import ONE_STAGE, TWO_STAGE

Records = Sequence[Mapping[str, Any]]
_RESAMPLES = 10_000
_COVERAGE = 0.9


@dataclass(frozen=True)
class Interval:
    """A point estimate with its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Summary:
    """One stage over two: the speed-up, and the ratios of the distances.

    Attributes:
        speed_up: ratio of the median times of a block of steps, over all seeds.
        slowest, fastest: the least and the greatest speed-up of a single seed.
        equal_steps: FID ratio after as many steps.
        equal_time: FID ratio after as much time.
    """

    speed_up: float
    slowest: float
    fastest: float
    equal_steps: Interval
    equal_time: Interval


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


def summarize(records: Records) -> Summary:
    """One stage held against two, over all seeds that `records` hold for both."""
    one, two = by_method(records, ONE_STAGE), by_method(records, TWO_STAGE)
    if [record["seed"] for record in one] != [record["seed"] for record in two]:
        raise ValueError("The two methods were not run on the same seeds in the same order.")
    per_seed = [
        a["steps_per_second"] / b["steps_per_second"] for a, b in zip(one, two, strict=True)
    ]
    return Summary(
        speed_up=_median_block(two) / _median_block(one),
        slowest=min(per_seed),
        fastest=max(per_seed),
        equal_steps=bootstrap_ratio(_fids(one, "equal_steps"), _fids(two, "equal_steps")),
        equal_time=bootstrap_ratio(_fids(one, "equal_time"), _fids(two, "equal_time")),
    )


def by_method(records: Records, method: str) -> list[Mapping[str, Any]]:
    """The records of one method, in their order."""
    return [record for record in records if record["method"] == method]


def _median_block(records: Records) -> float:
    return median(seconds for record in records for seconds in record["block_seconds"])


def _fids(records: Records, when: str) -> list[float]:
    return [record[when]["fid"] for record in records]
