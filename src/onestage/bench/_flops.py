"""Counts the floating-point operations of a step."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

_aten = torch.ops.aten
# What is dear by its name; of a `_thnn` cell the products are made apart, and counted.
_HEAVY = re.compile(
    r"(?!_thnn).*(rnn|lstm|gru|attention|attn|transformer|conv(?!ert)|linear$|matmul|m[mv](_|$))"
)
_LIGHT = {"_cudnn_rnn_flatten_weight"}


@dataclass(frozen=True)
class Operations:
    """What a call did.

    Attributes:
        flops: floating-point operations, a multiplication and an addition counted apart.
        uncounted: names of dear operations without a formula, which are not among them.
    """

    flops: int
    uncounted: tuple[str, ...]


def count_flops(step: Callable[[], Any]) -> int:
    """Floating-point operations of one call, a multiplication and an addition counted apart.

    Convolutions, matrix products, fused attention and bilinear forms count, nothing else does.
    """
    return count_operations(step).flops


def count_operations(step: Callable[[], Any]) -> Operations:
    """The operations of one call, and those that no formula counts."""
    with _Counter() as counter:
        step()
    return Operations(counter.flops, tuple(sorted(counter.uncounted)))


def describe_uncounted(names: Sequence[str]) -> str:
    """A sentence on operations that no formula counts; "" where there are none."""
    if not names:
        return ""
    return f"FLOPs are without {', '.join(names)}, for which there is no formula."


class _Counter(TorchDispatchMode):
    """Counts inside the block, by torch's own formulas and a few more.

    Torch's `FlopCounterMode` follows modules as well, and refuses one that is given a leaf of the
    graph, as D is for a penalty on its input.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0
        self.uncounted: set[str] = set()

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        formula = _FORMULAS.get(func.overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **(kwargs or {}), out_val=result)
        elif _is_heavy(func.overloadpacket.__name__):
            self.uncounted.add(func.overloadpacket.__name__)
        return result


def _is_heavy(name: str) -> bool:
    return _HEAVY.match(name) is not None and name not in _LIGHT


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


def _trilinear(
    i1: torch.Tensor,
    i2: torch.Tensor,
    i3: torch.Tensor,
    expand1: Sequence[int],
    expand2: Sequence[int],
    expand3: Sequence[int],
    sumdim: Sequence[int],
    unroll_dim: int = 1,
    *,
    out_val: Any,
) -> int:
    """The product of the first two over what the third lacks, and that of the result with it."""
    shapes = []
    for tensor, expanded in ((i1, expand1), (i2, expand2), (i3, expand3)):
        shape = list(tensor.shape)
        for dim in sorted(expanded):
            shape.insert(dim, 1)
        shapes.append(shape)
    both = [max(along) for along in zip(*shapes[:2], strict=True)]
    kept = [1 if dim in sumdim and dim in expand3 else n for dim, n in enumerate(both)]
    last = [max(along) for along in zip(kept, shapes[2], strict=True)]
    return 2 * math.prod(both) + 2 * math.prod(last)


def _shape(value: Any) -> Any:
    return value.shape if isinstance(value, torch.Tensor) else value


_FORMULAS: dict[Any, Callable[..., int]] = {
    **flop_registry,
    _aten.convolution_backward: lambda *args, out_val: _convolution_backward(*map(_shape, args)),
    _aten.mv: lambda matrix, vector, *, out_val: 2 * matrix.numel(),
    _aten.addmv: lambda x, matrix, vector, *, out_val, **scales: 2 * matrix.numel(),
    _aten.addbmm: lambda x, a, b, *, out_val, **scales: 2 * a.numel() * b.shape[-1],
    _aten._trilinear: _trilinear,
    # The CPU's fused attention does as CUDA's does.
    _aten._scaled_dot_product_flash_attention_for_cpu: flop_registry[
        _aten._scaled_dot_product_flash_attention
    ],
    _aten._scaled_dot_product_flash_attention_for_cpu_backward: flop_registry[
        _aten._scaled_dot_product_flash_attention_backward
    ],
}
