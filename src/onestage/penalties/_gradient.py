"""The gradient of D's logits at its input, differentiable once more."""

from __future__ import annotations

import torch
from torch import Tensor

from onestage._tree import Tree, tensors


def squared_gradient_norm(sample: Tree, logits: Tree) -> Tensor:
    """||grad_x sum(logits)||^2 of every sample, [B], with a graph for D's second derivative."""
    inputs = [x for x in tensors(sample) if x.requires_grad]
    heads = tensors(logits)
    ones = [torch.ones_like(head) for head in heads]
    gradients = torch.autograd.grad(heads, inputs, ones, create_graph=True)
    return torch.stack([g.square().flatten(1).sum(1) for g in gradients]).sum(0)
