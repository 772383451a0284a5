"""What the engine asks of a penalty."""

from __future__ import annotations

from typing import Literal, Protocol

from torch import Tensor

from onestage._tree import Tree

Branch = Literal["real", "fake"]


class Penalty(Protocol):
    """A term of L_D that looks at D's input as well as at its outputs."""

    @property
    def name(self) -> str:
        """Its key in `StepResult.penalties`."""

    @property
    def branch(self) -> Branch:
        """The side of D that it is computed on, in the same backward as that side's loss."""

    @property
    def every(self) -> int:
        """It is applied on every k-th optimiser step of D, with k times the weight."""

    def __call__(self, sample: Tree, logits: Tree) -> Tensor:
        """Its value, a scalar with a graph.

        Args:
            sample: D's input, whose tensors require a gradient; batch first.
            logits: D's logits on it.
        """


def check_penalty(weight: float, every: int) -> None:
    """Raise `ValueError` for a negative weight or an interval below 1."""
    if not weight >= 0:
        raise ValueError(f"weight={weight}: a penalty's weight is a number >= 0.")
    if every < 1:
        raise ValueError(f"every={every}: the interval is a number of optimiser steps >= 1.")
