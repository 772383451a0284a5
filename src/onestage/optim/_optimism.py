"""The optimistic correction of an update that was just made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

PREVIOUS = "previous_update"
_NONE = float("nan")  # of a step that was skipped before there was any


def check_optimism(optimism: float) -> None:
    """Raise `ValueError` for a negative coefficient."""
    if not optimism >= 0:
        raise ValueError(f"optimism={optimism}: the coefficient is a number >= 0.")


@torch.no_grad()
def step_ahead_(
    parameters: Sequence[Tensor],
    before: Sequence[Tensor],
    states: Sequence[dict[str, Any]],
    coefficient: float,
    found_inf: Tensor | None = None,
) -> None:
    """P += c (u_t - u_{t-1}) in place (Daskalakis et al. 2018, algorithm 1), with u_0 = u_1.

    Args:
        parameters: after the optimiser's step.
        before: the same, before it.
        states: each parameter's optimiser state, where u_t is kept.
        coefficient: c.
        found_inf: other than 0 where a gradient scaler made a fused optimiser skip its step. Then
            nothing moves and u_{t-1} is kept, without the host knowing of it.
    """
    if not parameters:
        return
    updates = list(torch._foreach_sub(list(parameters), list(before)))  # u_t
    if found_inf is not None:
        updates = [
            torch.where(found_inf.to(u.device) == 0, u, state.get(PREVIOUS, _NONE))
            for u, state in zip(updates, states, strict=True)
        ]
    previous = [state.get(PREVIOUS, u) for u, state in zip(updates, states, strict=True)]
    changes = list(torch._foreach_sub(updates, previous))
    if found_inf is not None:
        # After skipped steps alone there is no u_0 yet: u_0 = u_1 still.
        changes = [torch.where(change.isnan(), 0, change) for change in changes]
    torch._foreach_add_(list(parameters), changes, alpha=coefficient)
    for state, update in zip(states, updates, strict=True):
        if PREVIOUS in state:
            state[PREVIOUS].copy_(update)  # a recorded step finds it where it was
        else:
            state[PREVIOUS] = update
