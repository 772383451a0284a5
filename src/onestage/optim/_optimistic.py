"""Optimism for any optimiser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.optim import Optimizer

from onestage.optim._closure import evaluate
from onestage.optim._optimism import PREVIOUS, check_optimism, step_ahead_


class Optimistic(Optimizer):
    """Makes any optimiser's update optimistic: p += u_t + c (u_t - u_{t-1}), with u_0 = u_1.

        opt_d = Optimistic(torch.optim.RMSprop(discriminator.parameters(), 1e-4))

    u_t is the update that the wrapped optimiser makes, read off the parameters (Daskalakis et al.
    2018, whose algorithm 1 is this around Adam: `OptimisticAdam`). The parameter groups are the
    wrapped optimiser's own, so schedules may act on either. One buffer more than the optimiser.

    Args:
        optimizer: what makes the updates.
        optimism: the coefficient c; 0 is the optimiser alone.

    Raises:
        ValueError: for a negative optimism.
    """

    def __init__(self, optimizer: Optimizer, optimism: float = 1.0) -> None:
        check_optimism(optimism)
        self.optimizer = optimizer
        self.optimism = optimism
        super().__init__(optimizer.param_groups, defaults={})
        self._is_built = True

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The wrapped optimiser's own, as they are now."""
        return self.optimizer.param_groups

    @param_groups.setter
    def param_groups(self, groups: list[dict[str, Any]]) -> None:
        """Nothing to do: the base class's constructor begins with an empty list."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As in the wrapped optimiser, which has it then."""
        if hasattr(self, "_is_built"):  # the base class's constructor adds what is there already
            self.optimizer.add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step; returns what the closure returns."""
        loss = evaluate(closure)
        moving = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        before = [p.clone() for p in moving]
        self.optimizer.step()
        step_ahead_(moving, before, [self.state[p] for p in moving], self.optimism)
        return loss

    def state_dict(self) -> dict[str, Any]:
        """The wrapped optimiser's state, and the last update of every parameter that has one."""
        parameters = [p for group in self.param_groups for p in group["params"]]
        previous = {i: self.state[p][PREVIOUS] for i, p in enumerate(parameters) if p in self.state}
        return {"optimizer": self.optimizer.state_dict(), "previous": previous}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.optimizer.load_state_dict(state_dict["optimizer"])
        parameters = [p for group in self.param_groups for p in group["params"]]
        self.state.clear()
        for i, update in state_dict["previous"].items():
            self.state[parameters[i]] = {PREVIOUS: update.to(parameters[i], copy=True)}
