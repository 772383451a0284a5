"""Kernel launches and host waits of a step on CUDA, by the profiler."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

_LAUNCHES = ("cudaLaunchKernel", "cuLaunchKernel", "cudaGraphLaunch")
_WAITS = ("cudaStreamSynchronize", "cudaDeviceSynchronize", "cudaEventSynchronize")


def count_launches(step: Callable[[], Any], device: torch.device) -> tuple[int, int] | None:
    """(launches, host waits) of one call; None where the device has no such thing.

    A replayed graph is one launch. The waits are those of the step: the one that ends the
    measurement is outside.
    """
    if device.type != "cuda":
        return None
    from torch.profiler import ProfilerActivity, profile

    torch.cuda.synchronize(device)
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
        step()
    torch.cuda.synchronize(device)
    return tally(event.name for event in profiler.events())


def tally(names: Iterable[str]) -> tuple[int, int]:
    """(launches, waits) among the names of runtime calls; the profiler's own last wait is left out.

    Its end is one `cudaDeviceSynchronize` that no step has made.
    """
    names = list(names)
    launches = sum(name.startswith(_LAUNCHES) for name in names)
    waits = [name for name in names if name.startswith(_WAITS)]
    if waits and waits[-1] == "cudaDeviceSynchronize":
        waits.pop()
    return launches, len(waits)
