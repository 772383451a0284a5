"""Both players from one forward and one backward each."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from onestage import OneStage
from onestage.apps.image_gan.methods._base import Players


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

    def update(self, real: Tensor) -> dict[str, Tensor]:
        """See `Method`."""
        players = self._players
        players.discriminator_optimizer.zero_grad()
        players.generator_optimizer.zero_grad()
        with players.autocast():
            fake = players.generator(players.noise(len(real)))
            step = self._game.backward(real, fake)
        players.update_discriminator()
        players.generator_optimizer.step()
        self._strategy = step.strategy
        return {
            "discriminator_loss": step.discriminator_loss,
            "generator_loss": step.generator_loss,
            "real_score": step.real_outputs.mean(),
            "fake_score": step.fake_outputs.mean(),
            **step.penalties,
            "finite": step.finite,
        }

    def facts(self) -> dict[str, str]:
        """The strategy that the last step took."""
        return {"strategy": self._strategy}

    def state_dict(self) -> dict[str, Any]:
        """The game's counters and multipliers."""
        return {"game": self._game.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._game.load_state_dict(state["game"])
