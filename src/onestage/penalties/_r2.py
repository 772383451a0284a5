"""R2: the squared gradient of D on fakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from onestage._tree import Tree
from onestage.penalties._base import Branch, check_penalty
from onestage.penalties._gradient import input_gradient, squared_norm


@dataclass(frozen=True)
class R2:
    """R2 (Mescheder et al. 2018, eq. 10; Huang et al. 2024): weight/2 E ||grad_x sum(logits)||^2.

    On fakes, and for D alone: no gradient of it reaches the generator.

    Args:
        weight: the papers' gamma.
        every: apply on every k-th optimiser step of D, k times as strong.

    Raises:
        ValueError: for a negative weight or an interval below 1.
    """

    name: ClassVar[str] = "r2"
    branch: ClassVar[Branch] = "fake"

    weight: float
    every: int = 1

    def __post_init__(self) -> None:
        check_penalty(self.weight, self.every)

    def of_gradient(self, gradient: Sequence[Tensor]) -> Tensor:
        """Half the weight times the mean of ||g||^2, a scalar."""
        return 0.5 * self.weight * squared_norm(gradient).mean()

    def __call__(self, sample: Tree, logits: Tree) -> Tensor:
        """See `Penalty`."""
        return self.of_gradient(input_gradient(sample, logits))
