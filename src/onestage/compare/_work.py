"""Counts floating-point operations of whatever is run, whichever modules it runs in."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from onestage.bench._flops import _convolution_backward

_FORMULAS = {
    **flop_registry,
    torch.ops.aten.convolution_backward: lambda *args, out_val=None, **options: (
        _convolution_backward(*(_shape(arg) for arg in args), **options)
    ),
}


class Work(TorchDispatchMode):
    """Counts inside the block, as `onestage.bench.count_flops` does.

    That one follows modules as well, and refuses one that is given a leaf of the graph, as D is for
    a penalty on its input.

    Attributes:
        flops: so far; a multiplication and an addition counted apart.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        formula = _FORMULAS.get(func.overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **(kwargs or {}), out_val=result)
        return result


def _shape(value: Any) -> Any:
    return value.shape if isinstance(value, torch.Tensor) else value
