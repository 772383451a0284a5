"""Adam that steps ahead of the other player."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam

from onestage.optim._closure import evaluate
from onestage.optim._optimism import check_optimism, step_ahead_


class OptimisticAdam(Adam):
    """Optimistic Adam (Daskalakis et al. 2018, algorithm 1): p += u_t + c (u_t - u_{t-1}).

    u_t is Adam's own update, and u_0 = u_1: the first step is Adam's, and so is every step while
    updates are constant. It repairs simultaneous updates at the usual beta1 = 0.5 for the
    non-saturating and hinge losses. Where momentum is small already (beta1 = 0 or 0.25) its full
    strength hurts; half of it was a little ahead there (`training/recipes.py`).

    With c = beta1 / (1 - beta1) + l the momentum is undone: but for Adam's normalisation, a step is
    the gradient itself plus l times the momentum's change, a look l steps ahead along a trend of
    about 1 / (1 - beta1) gradients. So beta1 = 0.9 with c = 9.5 looks half a step ahead and adds
    less than a tenth of the noise that c = 0.5 adds without momentum (`docs/comparison.md`).

    u_t is read off the parameters before and after Adam's step, so every option of Adam means what
    it means there. One buffer more than Adam.

    Args:
        params: as in `torch.optim.Adam`; a group may have an `optimism` of its own.
        lr: as in Adam.
        optimism: the coefficient c; 0 is Adam.
        options: all further options of Adam, `differentiable` excepted.

    Raises:
        ValueError: for a negative optimism, for `differentiable=True`, and what Adam raises.
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-3, *, optimism: float = 1.0, **options: Any
    ) -> None:
        check_optimism(optimism)
        if options.get("differentiable"):
            raise ValueError(
                "differentiable=True: OptimisticAdam is not differentiable, for its correction is "
                "in place. Leave it out."
            )
        self._optimism = optimism  # Adam's constructor adds groups already
        super().__init__(params, lr, **options)
        self.defaults["optimism"] = optimism

    def __setstate__(self, state: dict[str, Any]) -> None:
        """A state that was saved by Adam has no optimism; a copy has its defaults alone."""
        super().__setstate__(state)
        self._optimism = self.defaults["optimism"]
        for group in self.param_groups:
            group.setdefault("optimism", self._optimism)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As in Adam."""
        param_group.setdefault("optimism", self._optimism)
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; returns what the closure returns."""
        loss = evaluate(closure)
        moving = [
            ([p for p in group["params"] if p.grad is not None], group["optimism"])
            for group in self.param_groups
        ]
        before = [[p.clone() for p in parameters] for parameters, _ in moving]
        _adam_step(self)
        for (parameters, optimism), old in zip(moving, before, strict=True):
            states = [self.state[p] for p in parameters]
            step_ahead_(parameters, old, states, optimism, getattr(self, "found_inf", None))
        return loss


def _adam_step(optimizer: Adam) -> None:
    """Adam's step without its hooks, which ours has run already."""
    step: Any = Adam.step
    if getattr(step, "hooked", False):
        step = step.__wrapped__
    step(optimizer)
