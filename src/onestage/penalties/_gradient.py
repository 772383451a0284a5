"""The gradient of D's logits at its input, differentiable once more."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from onestage._dtypes import as_real, at_least_float32
from onestage._tree import Tree, tensors


def input_gradient(sample: Tree, logits: Tree) -> list[Tensor]:
    """grad_x sum(logits) at every tensor [B, ...] of the sample, with a graph.

    It is 0 at a tensor that D ignores.

    Raises:
        ValueError: if the logits do not depend on the sample.
    """
    inputs = [x for x in tensors(sample) if x.requires_grad]
    heads = [head for head in tensors(logits) if head.requires_grad]
    ones = [torch.ones_like(head) for head in heads]
    found: Sequence[Tensor | None] = [None]
    if inputs and heads:
        found = torch.autograd.grad(heads, inputs, ones, create_graph=True, allow_unused=True)
    if all(gradient is None for gradient in found):
        raise ValueError(
            "A penalty needs the gradient of the discriminator's logits at its input, and they do "
            "not depend on it. Look for a detach(), no_grad() or a cast to integers in D."
        )
    return [torch.zeros_like(x) if g is None else g for x, g in zip(inputs, found, strict=True)]


def squared_norm(gradient: Sequence[Tensor]) -> Tensor:
    """The squared norm of every sample's gradient, [B], in float32 at least."""
    real = [at_least_float32(as_real(g)) for g in gradient]
    return torch.stack([g.square().flatten(1).sum(1) for g in real]).sum(0)


def distance_from_target(gradient: Sequence[Tensor], target: float) -> Tensor:
    """E (||g|| - target)^2, a scalar."""
    # The derivative of a norm is not defined at 0; the smallest number keeps it finite there.
    norm = (squared_norm(gradient) + torch.finfo(torch.float32).tiny).sqrt()
    return (norm - target).square().mean()
