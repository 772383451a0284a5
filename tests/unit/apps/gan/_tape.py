"""A stand-in for a CUDA graph on the CPU: the operations of a step, written down and run again.

What a graph does to a step it does as well: a replay runs no Python, so every number and every
tensor that Python chose is the one of the recording; results lie where they lay; and an operation
that the host waits for is refused.
"""

import contextlib

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from onestage._tree import map_tensors, tensors
from onestage.graphs import _captured
from onestage.graphs._recording import same_layout


class Tape(TorchDispatchMode):
    """Has the face of `onestage.graphs._recording.Recording`."""

    def __init__(self, step, static, generators):
        super().__init__()
        self._static, self._calls = static, []
        with self:
            self._outputs = step()
        self._has_run = True  # a graph's recording does not: its first replay does

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket.__name__ in ("_local_scalar_dense", "nonzero"):
            raise RuntimeError("operation not permitted when stream is capturing")
        found = func(*args, **(kwargs or {}))
        # As they are now: an operation may turn a tensor's dimensions in place.
        self._calls.append((func, *map(_aliases, (args, kwargs or {}, found))))
        return found

    def fits(self, inputs):
        return same_layout(self._static, inputs)

    @torch.no_grad()
    def replay(self, inputs):
        for static, given in zip(tensors(self._static), tensors(inputs), strict=True):
            static.copy_(given)
        calls, self._has_run = [] if self._has_run else self._calls, False
        for func, args, kwargs, found in calls:
            for old, new in zip(tensors(found), tensors(func(*args, **kwargs)), strict=True):
                if old.data_ptr() != new.data_ptr():
                    old.data.copy_(new)
        return map_tensors(torch.Tensor.detach, self._outputs)


def _aliases(tree):
    return map_tensors(torch.Tensor.detach, tree)


def install(monkeypatch):
    """Let `CapturedStep` record on the CPU, by a tape."""
    monkeypatch.setattr(_captured, "obstacle", lambda step, device: None)
    monkeypatch.setattr(_captured, "Recording", Tape)
    monkeypatch.setattr(_captured, "_on_side_stream", lambda run: run())
    monkeypatch.setattr(torch.cuda, "device", lambda device: contextlib.nullcontext())
