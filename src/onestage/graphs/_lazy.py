"""Lazy penalties, decided outside the step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, cast

from onestage._game import OneStage
from onestage._tree import Tree
from onestage.losses import LossLike, as_loss
from onestage.penalties import AnyPenalty, OutputPenalty


class LazyGames:
    """A `OneStage` for every set of penalties that is due together.

    A game with a lazy penalty decides in Python whether it is due, which a replay does not run.
    Here the loop asks `due(count)`, and plays `games[due]`, in which those penalties are applied
    at every step, `every` times as strong. With R1 at every 16th step there are two games, and two
    graphs:

        games = LazyGames(discriminator, "hinge", penalties=[R1(10.0, every=16)])
        step = CapturedStep(play, device=device)  # play(real, *, variant) plays games[variant]
        for count, real in enumerate(loader):
            step(real, variant=games.due(count))

    The values in `StepResult.penalties` are then `every` times as large.

    Args:
        discriminator: as in `OneStage`; so are the others.
        loss: as there.
        penalties: as there; frozen dataclasses with `weight` and `every`, as the library's are.
        strategy: as there.

    Raises:
        ValueError: for a lazy penalty that is no such dataclass, and for a loss or penalty that
            learns between steps (Fisher's multiplier, LeCam): a replay would not.
    """

    def __init__(
        self,
        discriminator: Callable[..., Tree],
        loss: LossLike,
        *,
        penalties: Sequence[AnyPenalty] = (),
        strategy: str = "auto",
    ) -> None:
        self._discriminator = discriminator
        self._loss = as_loss(loss)
        learning = [p.name for p in penalties if isinstance(p, OutputPenalty)]
        if learning or self._loss.commit is not None:
            raise ValueError(
                f"{', '.join(map(repr, learning)) or 'The loss'} learns between steps in Python, "
                "which a replay does not run. Take OneStage and run the step eagerly."
            )
        self._penalties = {penalty.name: penalty for penalty in penalties}
        self._strategy = strategy
        self._every_step = {name: _at_every_step(p) for name, p in self._penalties.items()}
        self._games: dict[frozenset[str], OneStage] = {}

    def due(self, count: int) -> frozenset[str]:
        """The names of the penalties that are due at D's step number `count`, from 0."""
        return frozenset(n for n, p in self._penalties.items() if count % p.every == 0)

    def __getitem__(self, due: frozenset[str]) -> OneStage:
        """The game in which exactly these penalties are applied."""
        if due not in self._games:
            self._games[due] = OneStage(
                self._discriminator,
                self._loss,
                penalties=[p for name, p in self._every_step.items() if name in due],
                strategy=self._strategy,
            )
        return self._games[due]


def _at_every_step(penalty: AnyPenalty) -> AnyPenalty:
    """The same pull at every step that it is applied."""
    if penalty.every == 1:
        return penalty
    if not dataclasses.is_dataclass(penalty) or not hasattr(penalty, "weight"):
        raise ValueError(
            f"The penalty {penalty.name!r} is lazy and no dataclass with a weight, so it cannot be "
            "made as strong at every step. Give it every=1, or play it in an eager step."
        )
    changed = dataclasses.replace(
        cast(Any, penalty), weight=cast(Any, penalty).weight * penalty.every, every=1
    )
    return cast(AnyPenalty, changed)
