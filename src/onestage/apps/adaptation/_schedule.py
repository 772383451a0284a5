"""Schedules of Ganin et al. (JMLR 2016, section 5.2.2), as functions of the step."""

from __future__ import annotations

import math
from collections.abc import Callable


def ramp(peak: float, steps: int, *, slope: float = 10.0) -> Callable[[int], float]:
    """The weight peak (2 / (1 + exp(-slope p)) - 1), p = step / steps: 0 at first, then peak.

    The features learn the source before they are asked to hide it.

    Args:
        peak: what it comes to.
        steps: of the whole training.
        slope: how soon; the paper's 10 is at nine tenths after a third of the training.

    Raises:
        ValueError: for fewer than one step.
    """
    if steps < 1:
        raise ValueError(f"steps={steps} is no length of a training; give at least 1.")

    def weight(step: int) -> float:
        progress = min(step / steps, 1.0)
        return peak * (2 / (1 + math.exp(-slope * progress)) - 1)

    return weight


def annealed(start: float, step: int, steps: int) -> float:
    """The learning rate start / (1 + 10 p)^0.75."""
    return start / (1 + 10 * min(step / steps, 1.0)) ** 0.75
