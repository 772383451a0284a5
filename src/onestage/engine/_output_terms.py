"""Penalties on D's outputs alone: part of L_D's function of the outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor

from onestage._tree import Tree
from onestage.engine._cotangents import evaluate
from onestage.penalties import OutputPenalty, Side


def output_terms(
    penalties: Sequence[OutputPenalty],
    logits: Callable[[Tree], Tree],
    sides: dict[Side, Tree],
) -> dict[str, Tensor]:
    """Their values by name, with a graph to the detached outputs of the sides that are given."""
    found: dict[str, Tensor] = {}
    for penalty in penalties:
        for side, leaves in sides.items():
            of_side = partial(penalty.of_logits, side)
            value = evaluate(f"The penalty {penalty.name!r}", of_side, logits(leaves))
            found = added(found, {penalty.name: value})
    return found


def with_terms(
    loss: Tensor, penalties: Sequence[OutputPenalty], terms: dict[str, Tensor]
) -> Tensor:
    """L_D with them, a scalar: lazy ones are made up for by their interval."""
    for penalty in penalties:
        if penalty.name in terms:
            loss = loss + penalty.every * terms[penalty.name]
    return loss


def added(first: dict[str, Tensor], second: dict[str, Tensor]) -> dict[str, Tensor]:
    """Both; a name that is in both has the sum of its values."""
    sums = {name: first[name] + value for name, value in second.items() if name in first}
    return {**first, **second, **sums}
