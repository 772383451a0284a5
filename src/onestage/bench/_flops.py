"""Counts the floating-point operations of a step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode


def count_flops(step: Callable[[], Any]) -> int:
    """Floating-point operations of one call, a multiplication and an addition counted apart."""
    mapping = {torch.ops.aten.convolution_backward: _convolution_backward}
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        step()
    return counter.get_total_flops()


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
    **_: Any,
) -> int:
    """Input and weight gradient, as wanted by `mask`: each as dear as the forward.

    Torch's own formula counts the weight gradient of a grouped convolution `groups` times.
    """
    batch, _channels, *positions = x if transposed else output
    forward = 2 * batch * math.prod(positions) * math.prod(weight)
    return forward * (mask[0] + mask[1])
