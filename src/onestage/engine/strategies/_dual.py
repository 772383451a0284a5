"""Two walks back over one forward: exact for every loss and every discriminator."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from onestage.engine.strategies._base import Strategy, Walk, pairs, raise_explained


class DualCotangent(Strategy):
    """An input-only VJP with g for G, then a weight VJP with f for D, on the same graph.

    Exact wherever the graph can be walked twice. Costs one D more than a single walk: the second
    propagation through the activations, without weight gradients.
    """

    name: ClassVar[str] = "dual"
    cost: ClassVar[str] = "3 G + 7 D"

    def gradients(self, walk: Walk) -> list[Tensor | None]:
        """grad_x L_G = VJP_x(g); grad_theta L_D = VJP_theta(f)."""
        outputs, seeds = zip(*pairs(walk.outputs, walk.g), strict=True)
        differentiable = [x for x in walk.fake.inputs if x.requires_grad]
        try:
            found = iter(
                torch.autograd.grad(
                    outputs, differentiable, seeds, retain_graph=True, allow_unused=True
                )
            )
        except RuntimeError as error:
            raise_explained(error)
            raise
        gradients = [next(found) if x.requires_grad else None for x in walk.fake.inputs]
        walk.add_gradients(walk.f, walk.parameters)
        return gradients
