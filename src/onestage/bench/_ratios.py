"""How much faster one contender is than another, how sure that is, and what the work allows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import torch
from torch import Tensor

_RESAMPLES = 2000


def ratio_with_interval(
    slower: Sequence[float], faster: Sequence[float], *, seed: int = 0
) -> tuple[float, float, float]:
    """The ratio of the medians of two contenders' times, and its 95 % bootstrap interval.

    Rounds are drawn in pairs: what slows a round slows both. A single round has no interval.

    Args:
        slower: times, round by round.
        faster: the other's in the same rounds.
        seed: of the resampling.

    Returns:
        (ratio, low, high).
    """
    times = torch.tensor([list(slower), list(faster)], dtype=torch.float64)  # [2, rounds]
    rounds = times.shape[1]
    source = torch.Generator().manual_seed(seed)
    drawn = torch.randint(rounds, (_RESAMPLES, rounds), generator=source)
    medians = times[:, drawn].quantile(0.5, dim=2)  # [2, resamples]
    low, high = _interval(medians[0] / medians[1])
    return statistics.median(slower) / statistics.median(faster), low, high


def _interval(values: Tensor) -> tuple[float, float]:
    low, high = values.quantile(torch.tensor([0.025, 0.975], dtype=values.dtype)).tolist()
    return low, high


def quartiles(times: Sequence[float]) -> tuple[float, float, float]:
    """(first quartile, median, third quartile)."""
    points = torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64)
    low, middle, high = torch.tensor(times, dtype=torch.float64).quantile(points).tolist()
    return low, middle, high
