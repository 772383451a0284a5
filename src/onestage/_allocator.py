"""The process's allocator, told that the next step needs as much memory as this one."""

from __future__ import annotations

import ctypes
import os
import sys

_HUGE_PAGES = "THP_MEM_ALLOC_ENABLE"  # PyTorch looks when it makes its first tensor
_MAP, _TRIM = "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"
_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -3, -1  # of glibc's malloc.h
_ENOUGH = 2**30

ALLOCATOR_VARIABLES = (_HUGE_PAGES, _MAP, _TRIM)


def keep_freed_memory() -> None:
    """Keep what tensors free for those to come, and hold large ones in huge pages.

    Left to itself, glibc gives freed activations back to the system, which hands them out again
    page by page, zeroed, at the next step: some per cent of its time on the CPU
    (docs/performance.md). It concerns the whole process and those that it starts, so it is for
    commands and not for imports. What the environment says already is left alone. Only Linux has
    these settings; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    os.environ.setdefault(_HUGE_PAGES, "1")
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    # Either threshold switches off glibc's own care for both: set both, or neither.
    if mallopt is None or _MAP in os.environ or _TRIM in os.environ:
        return
    if mallopt(_M_MMAP_THRESHOLD, _ENOUGH) and mallopt(_M_TRIM_THRESHOLD, _ENOUGH):
        os.environ.update({_MAP: str(_ENOUGH), _TRIM: str(_ENOUGH)})
