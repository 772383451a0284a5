"""Counts the optimiser steps of D without being told of them."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook


class OptimizerStepCounter:
    """A step has been made where an optimiser that has one of the weights says so.

    Whatever steps without being one of PyTorch's optimisers is seen by what it leaves: a weight
    that was written in place, which raises the tensor's version and costs nothing to read, or a
    gradient that was taken away. Micro-batches that are accumulated into one update count as one
    step, and an update that a gradient scaler skips counts as well, at the latest as its gradients
    are set to None.
    """

    def __init__(self, steps: int = 0) -> None:
        self._steps = steps
        self._stepped = False
        self._listener = 0
        self._watched: Sequence[Tensor] = ()
        self._versions: list[int] = []
        self._filled: list[Tensor] = []

    def current(self) -> int:
        """The number of optimiser steps that D has made since the count began."""
        if self._watched and (self._stepped or self._written() or self._zeroed()):
            self._steps += 1
            self._watched = ()
        return self._steps

    def watch(self, parameters: Sequence[Tensor]) -> None:
        """The gradients of these parameters are for the step under way."""
        self._listen()
        self._stepped = False
        self._watched = parameters
        self._versions = [p._version for p in parameters]
        self._filled = [p for p in parameters if p.grad is not None]

    def _written(self) -> bool:
        return [p._version for p in self._watched] != self._versions

    def _zeroed(self) -> bool:
        return any(p.grad is None for p in self._filled)

    def _listen(self) -> None:
        """Have every optimiser's step told, for as long as this counter lives."""
        if self._listener == id(self):  # a copy listens for itself
            return
        self._listener = id(self)
        me = weakref.ref(self)

        def stepped(optimizer: Optimizer, arguments: Any, options: Any) -> None:
            counter = me()
            if counter is not None:
                counter._see(optimizer)

        handle = register_optimizer_step_post_hook(stepped)
        weakref.finalize(self, handle.remove).atexit = False

    def _see(self, optimizer: Optimizer) -> None:
        watched = {id(p) for p in self._watched}
        groups = optimizer.param_groups
        self._stepped |= any(id(p) in watched for group in groups for p in group["params"])
