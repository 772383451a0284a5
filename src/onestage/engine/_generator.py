"""The generator's own backward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

from onestage._tree import Tree, tensors
from onestage.engine._graph import GradientGuard, graph_leaves
from onestage.engine._sharded import ShardedParts
from onestage.engine.strategies import add_vjp


def generator_backward(
    guard: GradientGuard,
    fake: Tree,
    gradients: Sequence[Tensor | None],
    loss: Tensor | None,
    scale: float | Tensor,
    parameters: Iterable[Tensor],
    modules: Iterable[nn.Module],
) -> None:
    """One backward from the fake, and from G's other terms, into whatever made them.

    D's weights are left out where they are reached by `loss` alone: a term that runs D again trains
    G through D, never D. They are `parameters`, which D's graph led to, and all of those `modules`
    behind D that do not have G inside: an auxiliary head is D's as well.
    """
    roots = [
        (sample, gradient)
        for sample, gradient in zip(tensors(fake), gradients, strict=True)
        if gradient is not None and sample.requires_grad
    ]
    seen: set[Node] = set()
    leaves = graph_leaves([sample for sample, _ in roots], seen)
    inputs = None
    if loss is not None:
        roots.append((loss, torch.ones_like(loss) * scale))
        own = {id(leaf) for leaf in leaves}
        # What only the fake leads to has been seen: it is G's own.
        reached = [leaf for leaf in graph_leaves([loss], seen) if id(leaf) not in own]
        foreign = {id(leaf) for leaf in parameters} if reached else set()
        trained = {id(leaf) for leaf in leaves if isinstance(leaf, nn.Parameter)}
        for module in modules if reached else ():
            whole = ShardedParts([module]).gathered
            weights = {id(weight) for weight in (*module.parameters(), *whole)}
            # A module that has all of G inside, such as a whole LightningModule, is not D.
            foreign |= set() if trained and trained <= weights else weights
        leaves += [leaf for leaf in reached if id(leaf) not in foreign]
        if any(id(leaf) in foreign for leaf in reached):
            inputs = leaves
    guard.watch(leaves)
    add_vjp(roots, inputs, "generator")
