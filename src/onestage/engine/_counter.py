"""Counts the optimiser steps of D without being told of them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


class OptimizerStepCounter:
    """Every in-place change of a parameter raises its version counter, which costs nothing to read.

    Micro-batches that are accumulated into one update count as one step, and so does a step that a
    gradient scaler skips.
    """

    def __init__(self, steps: int = 0) -> None:
        self._steps = steps
        self._watched: Sequence[Tensor] = ()
        self._versions: list[int] = []

    def current(self) -> int:
        """The number of optimiser steps that D has made since the count began."""
        if self._watched and [p._version for p in self._watched] != self._versions:
            self._steps += 1
            self._watched = ()
        return self._steps

    def watch(self, parameters: Sequence[Tensor]) -> None:
        """The gradients of these parameters are for the step under way."""
        self._watched = parameters
        self._versions = [p._version for p in parameters]
