"""Alternating updates at their best."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from onestage._frozen import frozen
from onestage.apps.image_gan.methods._base import Players
from onestage.apps.image_gan.methods._stages import (
    DiscriminatorStage,
    generator_stage,
    with_finite,
)


class TwoStageTuned:
    """D's update, then G's against the new D, on the same fakes.

    G runs once, its graph is kept for its own stage, and D's weights are frozen there: 3 G + 8 D,
    where a forward is 1 and a full backward 2.

    Args:
        players: the game.
    """

    def __init__(self, players: Players) -> None:
        self._players = players
        self._discriminator_stage = DiscriminatorStage(players)

    def update(self, real: Tensor) -> dict[str, Tensor]:
        """See `Method`."""
        players = self._players
        with players.autocast():
            fake = players.generator(players.noise(len(real)))
        measured = self._discriminator_stage(real, fake.detach())
        with frozen(players.discriminator):
            measured["generator_loss"] = generator_stage(players, real, fake)
        return with_finite(measured)

    def facts(self) -> dict[str, str]:
        """See `Method`."""
        return {"strategy": "alternating, fakes used twice, D frozen in G's stage"}

    def state_dict(self) -> dict[str, Any]:
        """The number of updates, on which lazy penalties depend."""
        return {"updates": self._discriminator_stage.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._discriminator_stage.updates = state["updates"]
