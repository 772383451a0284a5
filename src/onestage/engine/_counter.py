"""Counts the optimiser steps of D without being told of them."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


class OptimizerStepCounter:
    """A step has been made where a weight was written in place, or a gradient was taken away.

    A write raises the version counter of a tensor, which costs nothing to read. Fused optimisers
    write without raising it: there it is `zero_grad()` that tells, which sets `.grad` to None (with
    `set_to_none=False` nothing tells of a fused step). Micro-batches that are accumulated into one
    update count as one step, and an update that a gradient scaler skips counts as well.
    """

    def __init__(self, steps: int = 0) -> None:
        self._steps = steps
        self._watched: Sequence[Tensor] = ()
        self._versions: list[int] = []
        self._filled: list[Tensor] = []

    def current(self) -> int:
        """The number of optimiser steps that D has made since the count began."""
        if self._watched and (self._written() or self._zeroed()):
            self._steps += 1
            self._watched = ()
        return self._steps

    def watch(self, parameters: Sequence[Tensor]) -> None:
        """The gradients of these parameters are for the step under way."""
        self._watched = parameters
        self._versions = [p._version for p in parameters]
        self._filled = [p for p in parameters if p.grad is not None]

    def _written(self) -> bool:
        return [p._version for p in self._watched] != self._versions

    def _zeroed(self) -> bool:
        return any(p.grad is None for p in self._filled)
