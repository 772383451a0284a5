"""DRAGAN: a gradient penalty around real samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from onestage._dtypes import is_differentiable, on_real_parts
from onestage._processes import drawn_rows, mean_over_processes
from onestage._tree import Tree, map_tensors
from onestage.penalties._base import Branch, check_penalty
from onestage.penalties._gradient import distance_from_target, input_gradient


@dataclass(frozen=True)
class DRAGAN:
    """DRAGAN (Kodali et al. 2017, eq. 4): weight E (||grad D(x')|| - 1)^2 close to real samples.

    x' = x + 1/2 std(x) u with u ~ U(0, 1) elementwise and std over the whole batch, as in the
    authors' code (the paper's text has normal noise).

    Args:
        weight: the paper's lambda.
        every: apply on every k-th optimiser step of D, k times as strong.
        generator: draws u. With one that is seeded alike in all processes std and u are those of
            one process on the whole batch, whose noise each process draws; by default each process
            has its own, from torch's global generator.

    Raises:
        ValueError: for a negative weight or an interval below 1.
    """

    name: ClassVar[str] = "dragan"
    branch: ClassVar[Branch] = "between"

    weight: float = 10.0
    every: int = 1
    generator: torch.Generator | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_penalty(self.weight, self.every)

    def points(self, real: Tree, fake: Tree) -> Tree:
        """Real samples [B, ...] with noise; the fakes are not looked at."""

        def perturbed(x: Tensor) -> Tensor:
            return on_real_parts(self._perturbed, x) if is_differentiable(x) else x

        return map_tensors(perturbed, real)

    def _perturbed(self, x: Tensor) -> Tensor:
        u = drawn_rows(Tensor.uniform_, x, self.generator)
        return x + 0.5 * self._std(x) * u

    def _std(self, x: Tensor) -> Tensor:
        if self.generator is None:
            return x.std(unbiased=False)
        mean = mean_over_processes(x.mean())
        return mean_over_processes((x - mean).square().mean()).sqrt()

    def of_gradient(self, gradient: Sequence[Tensor]) -> Tensor:
        """The weighted mean of (||g|| - target)^2, a scalar."""
        return self.weight * distance_from_target(gradient, 1.0)

    def __call__(self, sample: Tree, logits: Tree) -> Tensor:
        """See `Penalty`."""
        return self.of_gradient(input_gradient(sample, logits))
