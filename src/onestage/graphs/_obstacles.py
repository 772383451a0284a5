"""What keeps a step from being recorded, found beforehand: a replay would not fail, but lie.

A game that is hidden too deep to be found here refuses by itself while it is recorded.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch

from onestage._checks import lost_in_a_replay
from onestage._game import OneStage


def obstacle(step: Callable[..., Any], device: torch.device) -> str | None:
    """Why the step is run eagerly, one sentence; None where nothing is known to be in the way."""
    if device.type != "cuda":
        return f"The step runs eagerly: graphs are CUDA's, and it runs on {device.type}."
    if not torch.cuda.is_available():
        return "The step runs eagerly: this PyTorch finds no CUDA device."
    return next(filter(None, map(changes_in_python, games_of(step))), None)


def changes_in_python(game: OneStage) -> str | None:
    """What this game changes or decides in Python at every step, which a replay does not run."""
    found = lost_in_a_replay(game._loss, game._penalties)
    return None if found is None else f"The step runs eagerly: {found}"


def games_of(step: Callable[..., Any]) -> Iterator[OneStage]:
    """The games that a function closes over, names globally or is bound to."""
    function = inspect.unwrap(getattr(step, "__func__", step))
    owner = getattr(step, "__self__", None)
    found: list[Any] = list(getattr(owner, "__dict__", {}).values())
    if inspect.isfunction(function):
        known = inspect.getclosurevars(function)
        found += [*known.nonlocals.values(), *known.globals.values()]
    yield from (thing for thing in found if isinstance(thing, OneStage))
