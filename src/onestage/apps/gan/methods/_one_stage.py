"""Both players from one forward and one backward each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from onestage import OneStage, StepResult
from onestage.apps.gan._players import Batch, Players
from onestage.apps.gan.methods._base import mean_of
from onestage.engine.strategies import FLOOR


class OneStageMethod:
    """Simultaneous updates by `onestage.OneStage`.

    Args:
        players: the game.
        strategy: passed to `OneStage`.
    """

    def __init__(self, players: Players, strategy: str = "auto") -> None:
        self._players = players
        self._game = OneStage(
            players.discriminator, players.loss, penalties=players.penalties, strategy=strategy
        )
        self._strategy = "none yet"

    def update(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """See `Method`."""
        step = update_players(self._players, [(self._game, batch) for batch in batches])
        self._strategy = step.strategy
        return step.measured

    def explain(self) -> str:
        """See `OneStage.explain`."""
        return self._game.explain()

    def facts(self) -> dict[str, str]:
        """The strategy that the last step took."""
        return {"strategy": self._strategy}

    def state_dict(self) -> dict[str, Any]:
        """The game's counters and multipliers."""
        # Fused optimisers leave no trace of a step but gradients that are taken away after it.
        self._players.discriminator_optimizer.zero_grad()
        return {"game": self._game.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._game.load_state_dict(state["game"])


class Update(NamedTuple):
    """What an iteration measured, and the strategy of its last update."""

    measured: dict[str, Tensor]
    strategy: str


def update_players(players: Players, calls: Sequence[tuple[OneStage, Batch]]) -> Update:
    """One iteration: D alone by each call but the last, both players by that.

    Args:
        players: whose optimisers move them.
        calls: the game that is played on each batch.
    """
    *earlier, (game, batch) = calls
    finite = [_update_discriminator(players, *call) for call in earlier]
    memory = players.memory()
    players.discriminator_optimizer.zero_grad()
    players.generator_optimizer.zero_grad()
    steps = [_backward(players, game, part) for part in players.parts(batch)]
    measured = mean_of(map(_measured, steps))
    players.update(measured, memory, "discriminator", "generator")
    measured["finite"] = torch.stack([*finite, measured["finite"]]).all()
    return Update(measured, steps[-1].strategy)


def _update_discriminator(players: Players, game: OneStage, batch: Batch) -> Tensor:
    """Whether it could be done."""
    memory = players.memory()
    players.discriminator_optimizer.zero_grad()
    parts = players.parts(batch)
    measured = mean_of([_discriminator_backward(players, game, part) for part in parts])
    players.update(measured, memory, "discriminator")
    return measured["finite"]


def _discriminator_backward(players: Players, game: OneStage, part: Batch) -> dict[str, Tensor]:
    with torch.no_grad(), players.autocast():
        fake = players.fake(part)
    with players.autocast():
        step = game.discriminator_backward(
            part.real,
            fake,
            real_args=part.arguments,
            fake_args=part.arguments,
            scale=1 / players.accumulation,
        )
    players.watch(step.real_outputs)
    return {"finite": step.finite}


def _backward(players: Players, game: OneStage, part: Batch) -> StepResult:
    with players.autocast():
        fake = players.fake(part)
        step = game.backward(
            part.real,
            fake,
            real_args=part.arguments,
            fake_args=part.arguments,
            generator_loss=players.generator_terms(part, fake),
            scale=1 / players.accumulation,
        )
    players.watch(step.real_outputs)
    return step


def _measured(step: StepResult) -> dict[str, Tensor]:
    return {
        "discriminator_loss": step.discriminator_loss,
        "generator_loss": step.generator_loss,
        "real_score": step.real_outputs.mean(),
        "fake_score": step.fake_outputs.mean(),
        **step.penalties,
        **({} if step.ratios is None else _spread(step.ratios)),
        "finite": step.finite,
    }


def _spread(ratios: Tensor) -> dict[str, Tensor]:
    """Quantiles of |g / f| over the batch, and the share of fakes on which D has nothing to learn.

    There g / f is infinite, and counts as what the floor makes of it.
    """
    sizes = ratios.float().abs().nan_to_num(0.0).clamp(max=1 / FLOOR)
    ordered, last = sizes.sort().values, len(sizes) - 1  # a tenth of the time of torch.quantile
    shares = {"ratio_q05": 0.05, "ratio_q50": 0.5, "ratio_q95": 0.95}
    found = {name: ordered[round(share * last)] for name, share in shares.items()}
    return {**found, "floor_share": (sizes >= 1 / FLOOR).float().mean()}
