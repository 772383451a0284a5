"""Numbers over several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from _quality.play import ONE_STAGE, TWO_STAGE
from onestage.compare import Interval, bootstrap_ratio

Records = Sequence[Mapping[str, Any]]


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
