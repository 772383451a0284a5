"""The gradient of D's logits at its input, differentiable once more."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from onestage._tree import Tree, tensors


def input_gradient(sample: Tree, logits: Tree) -> list[Tensor]:
    """grad_x sum(logits) at every tensor [B, ...] of the sample, with a graph."""
    inputs = [x for x in tensors(sample) if x.requires_grad]
    heads = tensors(logits)
    ones = [torch.ones_like(head) for head in heads]
    return list(torch.autograd.grad(heads, inputs, ones, create_graph=True))


def squared_norm(gradient: Sequence[Tensor]) -> Tensor:
    """The squared norm of every sample's gradient, [B]."""
    return torch.stack([g.square().flatten(1).sum(1) for g in gradient]).sum(0)


def distance_from_target(gradient: Sequence[Tensor], target: float) -> Tensor:
    """E (||g|| - target)^2, a scalar."""
    # The derivative of a norm is not defined at 0; the smallest number keeps it finite there.
    norm = (squared_norm(gradient) + torch.finfo(torch.float32).tiny).sqrt()
    return (norm - target).square().mean()
