"""Measures a step: its work, its memory and its time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode

from onestage._tree import tensors

Step = Callable[[], Any]
Clock = Callable[[], float]


def peak_bytes(step: Step, device: torch.device) -> int:
    """The most memory, in bytes, that one call holds beyond what was there before it.

    On CUDA the allocator's own figure; elsewhere that of the live storages that the call's
    operations made.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        step()
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before
    with PeakStorage() as storage:
        step()
    return storage.peak


class PeakStorage(TorchDispatchMode):
    """Follows the bytes of the storages that are made, and still alive, inside the block."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self._live: dict[int, tuple[StorageWeakRef, int]] = {}
        self._total = 0  # of `_live`, the dead that were not yet looked for included

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        known = {x.untyped_storage()._cdata for x in tensors([args, kwargs or {}])}
        result = func(*args, **(kwargs or {}))
        for tensor in tensors(result):
            storage = tensor.untyped_storage()
            if storage._cdata not in known:
                self._add(storage)
        if self._total > self.peak:  # only then does it matter who has died
            self._bury()
            self.peak = max(self.peak, self._total)
        return result

    def _add(self, storage: torch.UntypedStorage) -> None:
        _, before = self._live.get(storage._cdata, (None, 0))  # a dead one at the same address
        self._live[storage._cdata] = (StorageWeakRef(storage), storage.nbytes())
        self._total += storage.nbytes() - before

    def _bury(self) -> None:
        self._live = {k: entry for k, entry in self._live.items() if not entry[0].expired()}
        self._total = sum(size for _, size in self._live.values())


def interleaved_times(
    steps: Mapping[str, Step],
    *,
    rounds: int,
    warmup: int,
    device: torch.device,
    clock: Clock = time.perf_counter,
) -> dict[str, list[float]]:
    """The times of each step in seconds, round by round.

    All take turns, in alternating order, so that noise and what a neighbour leaves in the caches
    meet all alike. `clock` gives seconds.
    """
    times: dict[str, list[float]] = {name: [] for name in steps}
    for i in range(warmup + rounds):
        for name in list(steps)[:: 1 if i % 2 == 0 else -1]:
            elapsed = _timed(steps[name], device, clock)
            if i >= warmup:
                times[name].append(elapsed)
    return times


def interleaved_medians(
    steps: Mapping[str, Step],
    *,
    rounds: int,
    warmup: int,
    device: torch.device,
    clock: Clock = time.perf_counter,
) -> dict[str, float]:
    """The median of each step's `interleaved_times`."""
    times = interleaved_times(steps, rounds=rounds, warmup=warmup, device=device, clock=clock)
    return {name: statistics.median(values) for name, values in times.items()}


def _timed(step: Step, device: torch.device, clock: Clock) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = clock()
    step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return clock() - start
