"""What a tensor's dtype lets one do with it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def at_least_float32(tensor: Tensor) -> Tensor:
    """Half precisions are widened: their losses round too coarsely."""
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def is_differentiable(tensor: Tensor) -> bool:
    """Whether it may have a gradient: floating point, or complex (a spectrogram)."""
    return tensor.is_floating_point() or tensor.is_complex()


def as_real(tensor: Tensor) -> Tensor:
    """A complex tensor's real and imaginary parts, [..., 2]; any other tensor as it is."""
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def on_real_parts(function: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """`function` of tensors, applied to their real and imaginary parts where they are complex."""
    found = function(*map(as_real, tensors))
    return torch.view_as_complex(found) if tensors[0].is_complex() else found
