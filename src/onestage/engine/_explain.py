"""Says in plain words what the engine does and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from onestage.engine._plan import Planner
from onestage.penalties import GradientBased, Penalty

TWO_STAGE = "two stages: 3 G + 8 D when tuned, 4 G + 9 D as most code does it"


def explain(planner: Planner, penalties: Sequence[Penalty]) -> str:
    """The strategy, why, what it costs in forwards on one batch, and what would be cheaper."""
    plan = planner.latest
    if plan is None:
        return (
            "Not planned yet: the strategy is chosen at the first backward, from D's outputs.\n"
            f"Asked for: {planner.requested}."
        )
    strategy = plan.strategy
    lines = [
        f"strategy: {strategy.name} ({type(strategy).__name__})",
        f"why:      {plan.reason}",
        f"cost:     {strategy.cost} per step, in forwards on one batch ({TWO_STAGE})",
        *[f"penalty:  {_penalty(penalty)}" for penalty in penalties],
        f"cheaper:  {plan.cheaper}",
    ]
    return "\n".join(lines)


def _penalty(penalty: Penalty) -> str:
    when = "every step" if penalty.every == 1 else f"every {penalty.every} optimiser steps"
    own = penalty.branch == "between"
    where = "on points of its own" if own else f"on {penalty.branch} samples"
    return f"{penalty.name} {where}, {when}, in the same backward{_penalty_cost(penalty)}"


def _penalty_cost(penalty: Penalty) -> str:
    """The walk to D's input and that walk's derivative; points of their own pay for all of it."""
    if not isinstance(penalty, GradientBased):
        return ""
    return f": {6 if penalty.branch == 'between' else 3} D more when it is due"
