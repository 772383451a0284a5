"""Counts the floating-point operations of a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry


def count_flops(step: Callable[[], Any]) -> int:
    """Floating-point operations of one call, a multiplication and an addition counted apart."""
    with _Counter() as counter:
        step()
    return counter.flops


class _Counter(TorchDispatchMode):
    """Counts inside the block, by torch's own formulas but for one.

    Torch's `FlopCounterMode` follows modules as well, and refuses one that is given a leaf of the
    graph, as D is for a penalty on its input.
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


def _convolution_backward(
    output: Sequence[int],
    x: Sequence[int],
    weight: Sequence[int],
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
    mask: Sequence[bool],
) -> int:
    """Input and weight gradient, as wanted by `mask`: each as dear as the forward.

    Torch's own formula counts the weight gradient of a grouped convolution `groups` times.
    """
    batch, _channels, *positions = x if transposed else output
    forward = 2 * batch * math.prod(positions) * math.prod(weight)
    return forward * (mask[0] + mask[1])


def _shape(value: Any) -> Any:
    return value.shape if isinstance(value, torch.Tensor) else value


_FORMULAS = {
    **flop_registry,
    torch.ops.aten.convolution_backward: lambda *args, out_val: _convolution_backward(
        *map(_shape, args)
    ),
}
