"""A penalty on the fakes has already walked to where G's gradient starts."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from onestage.engine.strategies._base import Strategy, Walk
from onestage.engine.strategies._ratio import per_sample


class SharedPenalty(Strategy):
    """Take u_i = d logit_i / d fake_i from R2; G's gradient is g_i u_i, and D's walk goes with f.

    Exact where the ratio is: one logit per sample, samples independent; and not in float16, which
    has walked u without the loss scale. There is no division and no floor. Only on steps where a
    penalty on the fakes is due.
    """

    name: ClassVar[str] = "shared_penalty"
    cost: ClassVar[str] = "3 G + 6 D, with G's part of D free"

    def gradients(self, walk: Walk) -> list[Tensor | None]:
        """grad_{x_i} L_G = g_i u_i."""
        (index,) = walk.used
        g, u = walk.g[index], walk.fake.logit_gradient
        assert g is not None and u is not None
        found = iter([per_sample(g.reshape(-1), gradient.detach().clone()) for gradient in u])
        gradients = [next(found) if x.requires_grad else None for x in walk.fake.inputs]
        walk.add_gradients(walk.f, walk.parameters)
        return gradients
