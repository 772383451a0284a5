"""DRAGAN: a gradient penalty around real samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from onestage._tree import Tree, map_tensors
from onestage.penalties._base import Branch, check_penalty
from onestage.penalties._gradient import distance_from_target, input_gradient


@dataclass(frozen=True)
class DRAGAN:
    """DRAGAN (Kodali et al. 2017, eq. 4): weight E (||grad D(x')|| - 1)^2 close to real samples.

    x' = x + 1/2 std(x) u with u ~ U(0, 1) elementwise and std over the whole batch, as in the
    authors' code (the paper's text has normal noise). Drawn from torch's global generator.

    Args:
        weight: the paper's lambda.
        every: apply on every k-th optimiser step of D, k times as strong.

    Raises:
        ValueError: for a negative weight or an interval below 1.
    """

    name: ClassVar[str] = "dragan"
    branch: ClassVar[Branch] = "between"

    weight: float = 10.0
    every: int = 1

    def __post_init__(self) -> None:
        check_penalty(self.weight, self.every)

    def points(self, real: Tree, fake: Tree) -> Tree:
        """Real samples [B, ...] with noise; the fakes are not looked at."""

        def perturbed(x: Tensor) -> Tensor:
            if not x.is_floating_point():
                return x
            return x + 0.5 * x.std(unbiased=False) * torch.rand_like(x)

        return map_tensors(perturbed, real)

    def of_gradient(self, gradient: Sequence[Tensor]) -> Tensor:
        """The weighted mean of (||g|| - target)^2, a scalar."""
        return self.weight * distance_from_target(gradient, 1.0)

    def __call__(self, sample: Tree, logits: Tree) -> Tensor:
        """See `Penalty`."""
        return self.of_gradient(input_gradient(sample, logits))
