"""Says in plain words what the engine does and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from onestage.engine._plan import Planner
from onestage.penalties import AnyPenalty, GradientBased

TWO_STAGE = "two stages: 3 G + 8 D when tuned, 4 G + 9 D as most code does it"


def explain(planner: Planner, penalties: Sequence[AnyPenalty], critic_steps: int = 0) -> str:
    """The strategy, why, what it costs in forwards on one batch, and what would be cheaper.

    Args:
        planner: what was planned last.
        penalties: the game's.
        critic_steps: optimiser steps of D alone between two of both players.
    """
    plan = planner.latest
    if plan is None:
        return (
            "Not planned yet: the strategy is chosen at the first backward, from D's outputs.\n"
            f"Asked for: {planner.requested}."
        )
    strategy = plan.strategy
    base, comma, rest = strategy.cost.partition(",")
    lines = [
        f"strategy: {strategy.name} ({type(strategy).__name__})",
        f"why:      {plan.reason}",
        f"cost:     {base} per step{comma}{rest}, in forwards on one batch ({TWO_STAGE})",
        *([f"critic:   {_critic(base, critic_steps)}"] if critic_steps else []),
        *[f"penalty:  {_penalty(penalty)}" for penalty in penalties],
        f"cheaper:  {plan.cheaper}",
    ]
    return "\n".join(lines)


def _critic(cost: str, steps: int) -> str:
    """A step of D alone: fakes without a graph, D's forward and backward on both batches."""
    listed = f"{steps} steps" if steps > 1 else "1 step"
    return (
        f"{listed} of D alone between two of both players, 1 G + 6 D each where the fakes are made "
        f"without a graph: a cycle is {cost} + {steps} (1 G + 6 D)"
    )


def _penalty(penalty: AnyPenalty) -> str:
    when = "every step" if penalty.every == 1 else f"every {penalty.every} optimiser steps"
    places = {"between": "points of its own", "outputs": "D's outputs on both sides"}
    where = places.get(penalty.branch, f"{penalty.branch} samples")
    return f"{penalty.name} on {where}, {when}, in the same backward{_penalty_cost(penalty)}"


def _penalty_cost(penalty: AnyPenalty) -> str:
    """The walk to D's input and that walk's derivative; points of their own pay for all of it."""
    if penalty.branch == "outputs":
        return ": no further cost, and no reversal holds while it is due"
    if not isinstance(penalty, GradientBased):
        return ": its cost is its own"
    return f": {6 if penalty.branch == 'between' else 3} D more when it is due"
