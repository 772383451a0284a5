"""Gradient reversal: one factor for the whole batch."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from onestage.engine.strategies._base import Strategy, Walk


class GradientReversal(Strategy):
    """Backpropagate f; G's gradient is r times D's gradient at the fake.

    The symmetric case of the paper (section 3.1), and the gradient reversal of Ganin et al. 2016.
    Exact with any D wherever the loss declares `g = r f`.
    """

    name: ClassVar[str] = "reversal"
    cost: ClassVar[str] = "3 G + 6 D"

    def gradients(self, walk: Walk) -> list[Tensor | None]:
        """grad_x L_G = r grad_x L_D."""
        walk.add_gradients(walk.f, walk.reached)
        return [g if g is None else g.mul_(walk.factor) for g in walk.input_gradients()]
