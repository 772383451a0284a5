"""What the engine asks of a penalty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from torch import Tensor

from onestage._tree import Tree

Side = Literal["real", "fake"]
Branch = Literal["real", "fake", "between", "outputs"]


class Penalty(Protocol):
    """A term of L_D that looks at D's input as well as at its outputs."""

    @property
    def name(self) -> str:
        """Its key in `StepResult.penalties`."""

    @property
    def branch(self) -> Branch:
        """Where it is computed, in the same backward as that side's loss.

        "between": on points of its own, see `PenaltyBetween`. "outputs" is for an `OutputPenalty`.
        """

    @property
    def every(self) -> int:
        """It is applied on every k-th optimiser step of D, with k times the weight."""

    def __call__(self, sample: Tree, logits: Tree) -> Tensor:
        """Its value, a scalar with a graph.

        Args:
            sample: D's input, whose tensors require a gradient; batch first.
            logits: D's logits on it.
        """


@runtime_checkable
class GradientBased(Penalty, Protocol):
    """A penalty that is a function of grad_x sum(logits) alone, which is then shared."""

    def of_gradient(self, gradient: Sequence[Tensor]) -> Tensor:
        """Its value, a scalar, from the gradient [B, ...] at every tensor of the sample."""


@runtime_checkable
class PenaltyBetween(Penalty, Protocol):
    """A penalty on points of its own, on which D runs as well. Its branch is "between"."""

    def points(self, real: Tree, fake: Tree) -> Tree:
        """The points, made from the two detached samples; shaped like them."""


@runtime_checkable
class OutputPenalty(Protocol):
    """A penalty that looks at D's logits alone, on both sides, and learns from them.

    It needs no gradient at D's input and no walk of its own: its derivative at the logits is added
    to the loss's. Since it belongs to L_D and not to L_G, no declared reversal holds with it.
    """

    @property
    def name(self) -> str:
        """Its key in `StepResult.penalties`."""

    @property
    def branch(self) -> Branch:
        """Always "outputs"."""

    @property
    def every(self) -> int:
        """As in `Penalty`; `commit` is called at every step all the same."""

    def of_logits(self, side: Side, logits: Tree) -> Tensor:
        """Its value on one side, a scalar with a graph, from D's logits there.

        It must not need the other side's: D may not have seen it yet.
        """

    def commit(self, real_logits: Tree, fake_logits: Tree) -> None:
        """Learn from both sides' detached logits, when the gradients are there."""

    def state_dict(self) -> dict[str, Any]:
        """What `commit` changes, saved with the game."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""


AnyPenalty: TypeAlias = Penalty | OutputPenalty


def value_on(side: Side, penalty: AnyPenalty, sample: Tree, logits: Tree) -> Tensor | None:
    """A penalty's value on one side of D, or None where it has none: for loops of two stages.

    Args:
        side: which of the two.
        penalty: any; one with points of its own has no value on either side.
        sample: what D was given, with `requires_grad` unless the penalty's branch is "outputs".
        logits: D's logits on it.
    """
    if isinstance(penalty, OutputPenalty):
        return penalty.of_logits(side, logits)
    return penalty(sample, logits) if penalty.branch == side else None


def check_penalty(weight: float, every: int) -> None:
    """Raise `ValueError` for a negative weight or an interval below 1."""
    if not weight >= 0:
        raise ValueError(f"weight={weight}: a penalty's weight is a number >= 0.")
    if every < 1:
        raise ValueError(f"every={every}: the interval is a number of optimiser steps >= 1.")
