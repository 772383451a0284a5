"""What the engine asks of modules that `fully_shard` (FSDP2) has sharded.

PyTorch tells neither whether a module exchanges its gradients nor what it keeps of them, and
exchanges them whenever a walk has come to a module's input. For that this file, and no other, looks
behind its public face. A PyTorch that looks otherwise there is left to itself: gradients are the
same, exchanged more often.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from torch import Tensor, nn

from onestage._processes import in_a_group

# Of a group of weights, beside its public face.
_USED = (
    "all_reduce_grads",
    "finalize_backward",
    "fsdp_params",
    "post_backward",
    "reduce_grads",
    "_training_state",
)
_Flags: TypeAlias = Sequence[tuple[bool, bool]]  # of each group: reduce-scatter, all-reduce


class ShardedParts:
    """Those of some modules, as they are now; in one process there are none.

    Left to itself FSDP2 exchanges gradients at the end of each walk: of the real side's, of one for
    the input alone, and, where several forwards are walked back at once, for each of them. So the
    walks of a step are left `unexchanged`, and `exchange` sends once what all have added up.

    Args:
        roots: told to be sharded without FSDP's package, which is slow to import.
    """

    def __init__(self, roots: Iterable[nn.Module]) -> None:
        modules = (m for root in roots for m in root.modules()) if in_a_group() else ()
        self._parts: list[Any] = [m for m in modules if hasattr(type(m), "reshard")]
        self._groups = [group for part in self._parts for group in _groups(part)]
        self._sent: list[Any] = []  # groups whose exchange is under way
        self._flags = self._now()
        self._weights = [weight for group in self._groups for weight in group.fsdp_params]
        self._kept: list[Tensor | None] = []

    @property
    def shards(self) -> list[Tensor]:
        """Those that are trained."""
        trained = (p for part in self._parts for p in part.parameters() if p.requires_grad)
        return list({id(p): p for p in trained}.values())

    @property
    def gathered(self) -> list[Tensor]:
        """Whole weights that were made of shards for a graph, whose leaves they are."""
        found = (getattr(weight, "_unsharded_param", None) for weight in self._weights)
        return [weight for weight in found if weight is not None]

    @contextmanager
    def unexchanged(self) -> Iterator[None]:
        """Gradients of this block are kept, whole, for the next exchange."""
        before = self._now()
        self._set([(False, False)] * len(before))
        try:
            yield
        finally:
            self._set(before)

    def exchange(self) -> None:
        """Exchange what is kept, unless that was off when this object was made.

        From then on all is as it was then: G may be among these parts, and has its walk before it.
        """
        self._set(self._flags)
        for group in reversed(self._groups):
            if group.reduce_grads and _has_run(group):
                state = group._training_state
                group.post_backward()
                group._training_state = state
                self._sent.append(group)

    def settle(self) -> None:
        """Wait for the exchange, and leave each process its share of the weights."""
        while self._sent:
            self._sent.pop().finalize_backward()
        for part in self._parts:
            part.reshard()

    def remember_kept(self) -> None:
        """Copy what is kept beside `.grad`: where gradients are exchanged in another type."""
        self._kept = [_copy(weight.unsharded_accumulated_grad) for weight in self._weights]

    def restore_kept(self) -> None:
        """Put back what was remembered."""
        for weight, gradient in zip(self._weights, self._kept, strict=True):
            weight.unsharded_accumulated_grad = gradient

    def forget_kept(self) -> None:
        """Drop what is kept, which no `zero_grad` finds."""
        for weight in self._weights:
            weight.unsharded_accumulated_grad = None
            if hasattr(weight, "_unsharded_param"):
                weight._unsharded_param.grad = None

    def _now(self) -> _Flags:
        return [(group.reduce_grads, group.all_reduce_grads) for group in self._groups]

    def _set(self, flags: _Flags) -> None:
        for group, flag in zip(self._groups, flags, strict=True):
            group.reduce_grads, group.all_reduce_grads = flag


def _copy(gradient: Tensor | None) -> Tensor | None:
    return None if gradient is None else gradient.clone()


def _has_run(group: Any) -> bool:
    """Whether its weights were ever gathered: before that it has no streams to send on."""
    return any(hasattr(weight, "_unsharded_param") for weight in group.fsdp_params)


def _groups(part: Any) -> list[Any]:
    """Its groups of weights; in an older PyTorch it has one, or none."""
    state = part._get_fsdp_state() if hasattr(part, "_get_fsdp_state") else None
    groups = getattr(state, "_fsdp_param_groups", None)
    if groups is None:
        groups = [getattr(state, "_fsdp_param_group", None)]
    return [group for group in groups if all(hasattr(group, name) for name in _USED)]
