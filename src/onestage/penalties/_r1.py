"""R1: the squared gradient of D on real samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from onestage._tree import Tree
from onestage.penalties._base import Branch, check_penalty
from onestage.penalties._gradient import input_gradient, squared_norm


@dataclass(frozen=True)
class R1:
    """R1 (Mescheder et al. 2018, eq. 9): weight/2 E ||grad_x sum(logits)||^2 on real samples.

    Args:
        weight: the paper's gamma. A good value grows with the number of pixels.
        every: apply on every k-th optimiser step of D, k times as strong (the lazy
            regularisation of Karras et al. 2020, appendix B).

    Raises:
        ValueError: for a negative weight or an interval below 1.
    """

    name: ClassVar[str] = "r1"
    branch: ClassVar[Branch] = "real"

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
