"""Reads an autograd graph, and keeps `.grad` safe while one is walked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType

import torch
from torch import Tensor, nn
from torch.autograd.graph import Node

from onestage.engine._sharded import ShardedParts


def graph_leaves(roots: Iterable[Tensor], seen: set[Node] | None = None) -> list[Tensor]:
    """The leaf tensors that a backward from `roots` would give a gradient to.

    It is made at every step, node by node in Python: hence the bare loop.

    Args:
        roots: where the walk begins.
        seen: nodes that need no second look; those that are found are added.
    """
    seen = set() if seen is None else seen
    leaves: dict[int, Tensor] = {}
    pending: list[Node] = []
    for root in roots:
        node = root.grad_fn
        if node is None:
            if root.requires_grad:
                leaves[id(root)] = root
        elif node not in seen:
            seen.add(node)
            pending.append(node)
    while pending:
        node = pending.pop()
        following = node.next_functions
        for other, _ in following:
            if other is not None and other not in seen:
                seen.add(other)
                pending.append(other)
        # Only the end of a path, AccumulateGrad, has a variable.
        if not following and isinstance(variable := getattr(node, "variable", None), Tensor):
            leaves[id(variable)] = variable
    return list(leaves.values())


def walks_in(dtype: torch.dtype, roots: Iterable[Tensor]) -> bool:
    """Whether a backward from `roots` passes gradients of this dtype anywhere.

    The outputs need not tell: a discriminator may run under an autocast of its own and widen what
    it returns.
    """
    nodes: set[Node] = set()
    graph_leaves(roots, nodes)
    return any(entry.dtype == dtype for node in nodes for entry in node._input_metadata)


class GradientGuard:
    """Puts `.grad` of every watched tensor back as it was when the block raises.

    Gradients are accumulated in place rather than set aside and added back: a distributed wrapper
    reduces the content of `.grad`, and would miss what earlier micro-batches left in it. The copy
    is made only where there is a gradient to lose.

    Where modules are sharded (`fully_shard`), the leaves of a graph are weights that were gathered
    for it; optimisers hold the shards, which are watched as well. After the block no module has
    gathered weights, which would be old once the shards are written.

    Args:
        modules: those behind the discriminator.
    """

    def __init__(self, modules: Iterable[nn.Module] = ()) -> None:
        self._before: dict[int, tuple[Tensor, Tensor | None]] = {}
        self._sharded = ShardedParts(modules)
        self._sharded.remember_kept()
        self._sharded.settle()
        self._shards = self._sharded.shards
        self._unexchanged = self._sharded.unexchanged()
        self.watch(self._shards)

    def held(self, leaves: Sequence[Tensor]) -> Sequence[Tensor]:
        """What optimisers hold of the leaves of D's graph."""
        return self._shards or leaves

    def watch(self, leaves: Iterable[Tensor]) -> None:
        """Remember `.grad` of these leaves; the first look at each counts."""
        for leaf in leaves:
            if id(leaf) not in self._before:
                gradient = leaf.grad
                self._before[id(leaf)] = (leaf, None if gradient is None else gradient.clone())

    def exchange(self) -> None:
        """D's walks are done: what is sharded exchanges what they have added up."""
        self._sharded.exchange()

    def __enter__(self) -> GradientGuard:
        self._unexchanged.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._sharded.settle()
        if error is not None:
            for leaf, before in self._before.values():
                if before is None or leaf.grad is None:
                    leaf.grad = before
                else:
                    leaf.grad.detach().copy_(before)
            self._sharded.restore_kept()
        self._before.clear()
        self._unexchanged.__exit__(None, None, None)
