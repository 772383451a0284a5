"""The best rates that this machine reaches on the very convolutions and products of a step.

A count of operations treats all alike, and no machine does: a weight gradient, an input gradient
and a layer of three channels run at rates of their own. So every distinct convolution and matrix
product of a step is timed alone. The sum of their best times is what the step would take if it did
nothing else, and did that as well as it can be done.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from onestage._tree import map_tensors
from onestage.bench._measure import Clock

_OPERATIONS = (
    torch.ops.aten.convolution,
    torch.ops.aten.convolution_backward,
    torch.ops.aten.mm,
    torch.ops.aten.addmm,
    torch.ops.aten.bmm,
    torch.ops.aten.baddbmm,
)
_FEWEST, _MOST, _ENOUGH = 3, 20, 0.1  # runs, runs, seconds

# An operation, its arguments with shapes in place of tensors, its keyword arguments.
Call: TypeAlias = tuple[Any, Any, Any]


class _Shape(tuple[Any, ...]):
    """(shape, strides, dtype) of a tensor, so that equal calls are found to be equal."""


class Calls(TorchDispatchMode):
    """Counts the convolutions and matrix products inside the block, by what they are given."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[Call] = Counter()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func.overloadpacket in _OPERATIONS:
            described = map_tensors(_described, (list(args), dict(kwargs or {})))
            self.found[func, _frozen(described[0]), _frozen(described[1])] += 1
        return func(*args, **(kwargs or {}))


def collect_calls(step: Callable[[], Any]) -> Counter[Call]:
    """The convolutions and matrix products of one call, and how often each is made."""
    with Calls() as calls:
        step()
    return calls.found


class Rates:
    """Best times of calls in seconds, each measured once.

    Args:
        device: where they are run.
        clock: in seconds.
    """

    def __init__(self, device: torch.device, clock: Clock = time.perf_counter) -> None:
        self.device = device
        self._clock = clock
        self._known: dict[Call, float] = {}

    def seconds(self, calls: Counter[Call]) -> float:
        """What all these calls would take at their best, one after the other."""
        return sum(count * self._best(call) for call, count in calls.items())

    @torch.no_grad()
    def _best(self, call: Call) -> float:
        if call not in self._known:
            function, arguments, keywords = call
            made = _thawed(arguments, self.device)
            named = dict(_thawed(keywords, self.device))
            self._known[call] = self._timed(lambda: function(*made, **named))
        return self._known[call]

    def _timed(self, run: Callable[[], Any]) -> float:
        run()
        times: list[float] = []
        while len(times) < _FEWEST or (sum(times) < _ENOUGH and len(times) < _MOST):
            self._wait()
            start = self._clock()
            run()
            self._wait()
            times.append(self._clock() - start)
        return min(times)

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def _described(tensor: Tensor) -> _Shape:
    return _Shape((tuple(tensor.shape), tensor.stride(), tensor.dtype))


def _frozen(value: Any) -> Any:
    """Lists and dicts as tuples, so that a call can be a key."""
    if isinstance(value, _Shape):
        return value
    if isinstance(value, dict):
        return tuple(sorted((name, _frozen(item)) for name, item in value.items()))
    return tuple(_frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def _thawed(value: Any, device: torch.device) -> Any:
    if isinstance(value, _Shape):
        shape, strides, dtype = value
        # What was expanded is one place in memory, and is made as one.
        own = [1 if stride == 0 else n for n, stride in zip(shape, strides, strict=True)]
        made = torch.empty_strided(own, strides, dtype=dtype, device=device).normal_()
        return made.expand(shape)
    return tuple(_thawed(item, device) for item in value) if isinstance(value, tuple) else value
