"""The gradient penalty of WGAN-GP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from onestage._dtypes import is_differentiable, on_real_parts
from onestage._processes import drawn_rows
from onestage._tree import Tree, map_tensors, tensors
from onestage.penalties._base import Branch, check_penalty
from onestage.penalties._gradient import distance_from_target, input_gradient


@dataclass(frozen=True)
class GradientPenalty:
    """WGAN-GP (Gulrajani et al. 2017, eq. 3): weight E (||grad D(x')|| - target)^2.

    x' lies uniformly on the line from a real to a fake sample, paired by index; D runs on it with
    the conditions of the real batch.

    Args:
        weight: the paper's lambda.
        target: the norm that is wanted; 0 gives a zero-centred penalty between the samples.
        every: apply on every k-th optimiser step of D, k times as strong.
        generator: draws the points. With one that is seeded alike in all processes these are the
            points of one process on the whole batch; by default each process draws by itself, from
            torch's global generator.

    Raises:
        ValueError: for a negative weight or an interval below 1.
    """

    name: ClassVar[str] = "gradient_penalty"
    branch: ClassVar[Branch] = "between"

    weight: float = 10.0
    target: float = 1.0
    every: int = 1
    generator: torch.Generator | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_penalty(self.weight, self.every)

    def points(self, real: Tree, fake: Tree) -> Tree:
        """Points real + t (fake - real), one t ~ U(0, 1) for each pair; trees of [B, ...].

        Raises:
            ValueError: if the two samples cannot be paired.
        """
        reals, fakes = tensors(real), tensors(fake)
        if [x.shape for x in reals] != [x.shape for x in fakes]:
            raise ValueError(
                "GradientPenalty pairs real with fake samples, whose shapes are "
                f"{[tuple(x.shape) for x in reals]} and {[tuple(x.shape) for x in fakes]}. "
                "Use batches of the same size."
            )
        one_each = torch.empty(reals[0].shape[0], device=reals[0].device)
        t = drawn_rows(Tensor.uniform_, one_each, self.generator)
        others = iter(fakes)

        def between(x: Tensor) -> Tensor:
            y = next(others)
            if not is_differentiable(x):
                return x
            return on_real_parts(at_t, x, y.to(x.dtype))

        def at_t(x: Tensor, y: Tensor) -> Tensor:
            return torch.lerp(x, y, t.to(x.dtype).view(-1, *[1] * (x.ndim - 1)))

        return map_tensors(between, real)

    def of_gradient(self, gradient: Sequence[Tensor]) -> Tensor:
        """The weighted mean of (||g|| - target)^2, a scalar."""
        return self.weight * distance_from_target(gradient, self.target)

    def __call__(self, sample: Tree, logits: Tree) -> Tensor:
        """See `Penalty`."""
        return self.of_gradient(input_gradient(sample, logits))
