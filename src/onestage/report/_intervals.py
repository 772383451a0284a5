"""The mean of a few runs, and where it lies."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from onestage.report._table import Interval

# Student's t at 95 % by degrees of freedom: what half of a 90 % interval is measured in.
_STUDENT = (6.3138, 2.9200, 2.3534, 2.1318, 2.0150, 1.9432, 1.8946, 1.8595, 1.8331, 1.8125)


def mean_of(values: Sequence[float]) -> Interval | float:
    """The mean with its 90 % interval by Student's t; of values all alike, the value."""
    if len(set(values)) == 1:
        return values[0]
    mean = statistics.fmean(values)
    half = student(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return Interval(mean, mean - half, mean + half)


def student(freedom: int) -> float:
    """The 95 % quantile of Student's t; above ten degrees Fisher's expansion, good to 1e-4."""
    if freedom <= len(_STUDENT):
        return _STUDENT[freedom - 1]
    z = statistics.NormalDist().inv_cdf(0.95)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
