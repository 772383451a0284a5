"""The derivatives of the losses at D's outputs: all that tells the two players apart."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeAlias

import torch
from torch import Tensor

from onestage._dtypes import at_least_float32
from onestage._tree import Tree, map_tensors, tensors

# One entry per tensor of D's outputs; None where the loss does not use it.
Cotangents: TypeAlias = list[Tensor | None]


def detached_outputs(outputs: Tree, *, differentiable: bool) -> Tree:
    """D's outputs as leaves of their own, at least float32."""

    def leaf(tensor: Tensor) -> Tensor:
        cut = at_least_float32(tensor.detach())
        # A tensor that no gradient can come back through (a mask, a frozen feature) stays constant.
        return cut.requires_grad_() if differentiable and tensor.requires_grad else cut

    return map_tensors(leaf, outputs)


def outside_autocast(outputs: Tree) -> AbstractContextManager[object]:
    """A context without autocast on the device of these tensors; nothing where there is none."""
    device = next((x.device.type for x in tensors(outputs)), "cpu")
    if torch.is_autocast_enabled(device):
        return torch.autocast(device, enabled=False)
    return nullcontext()


def evaluate(term: str, function: Callable[..., Tensor], *outputs: Tree) -> Tensor:
    """A loss term on detached outputs, outside autocast, as a checked scalar."""
    with outside_autocast(outputs):
        value = function(*outputs)
    if not isinstance(value, Tensor) or value.ndim != 0:
        found = f"shape {tuple(value.shape)}" if isinstance(value, Tensor) else repr(value)
        raise ValueError(
            f"{term} returned {found}, and must return a scalar tensor (0 dimensions): "
            "a vector has no single gradient. Take its mean."
        )
    return value


def cotangents(
    value: Tensor, outputs: Tree, weight: float | Tensor = 1.0, *, keep_graph: bool = True
) -> Cotangents:
    """`weight` times the derivative of a loss term at detached outputs.

    `keep_graph` leaves the term's graph whole, for a loss whose other term shares work with it.
    """
    leaves = tensors(outputs)
    used = [leaf for leaf in leaves if leaf.requires_grad]
    if not used or not value.requires_grad:
        return [None] * len(leaves)
    gradients = iter(torch.autograd.grad(value, used, allow_unused=True, retain_graph=keep_graph))
    taken = [next(gradients) if leaf.requires_grad else None for leaf in leaves]
    if isinstance(weight, (int, float)) and weight == 1:
        return taken  # feature maps are large: no copy for nothing
    return [None if gradient is None else gradient * weight for gradient in taken]
