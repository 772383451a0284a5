"""What the engine asks of a penalty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

from torch import Tensor

from onestage._tree import Tree

Branch = Literal["real", "fake", "between"]


class Penalty(Protocol):
    """A term of L_D that looks at D's input as well as at its outputs."""

    @property
    def name(self) -> str:
        """Its key in `StepResult.penalties`."""

    @property
    def branch(self) -> Branch:
        """Where it is computed, in the same backward as that side's loss.

        "between": on points of its own, see `PenaltyBetween`.
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


def check_penalty(weight: float, every: int) -> None:
    """Raise `ValueError` for a negative weight or an interval below 1."""
    if not weight >= 0:
        raise ValueError(f"weight={weight}: a penalty's weight is a number >= 0.")
    if every < 1:
        raise ValueError(f"every={every}: the interval is a number of optimiser steps >= 1.")
