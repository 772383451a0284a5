"""Alternating updates as most code has them."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from onestage.apps.image_gan.methods._base import Players
from onestage.apps.image_gan.methods._stages import (
    DiscriminatorStage,
    generator_stage,
    with_finite,
)


class TwoStageNaive:
    """D's update, then G's against the new D, each with fakes of its own.

    D is not frozen in G's stage, so weight gradients that nobody uses are computed and thrown away:
    4 G + 9 D, where a forward is 1 and a full backward 2.

    Args:
        players: the game.
    """

    def __init__(self, players: Players) -> None:
        self._players = players
        self._discriminator_stage = DiscriminatorStage(players)

    def update(self, real: Tensor) -> dict[str, Tensor]:
        """See `Method`."""
        measured = self._discriminator_stage(real, self._fake(len(real)).detach())
        fake = self._fake(len(real))
        measured["generator_loss"] = generator_stage(self._players, real, fake)
        return with_finite(measured)

    def _fake(self, num_images: int) -> Tensor:
        with self._players.autocast():
            return self._players.generator(self._players.noise(num_images))

    def facts(self) -> dict[str, str]:
        """See `Method`."""
        return {"strategy": "alternating, new fakes for G, D not frozen"}

    def state_dict(self) -> dict[str, Any]:
        """The number of updates, on which lazy penalties depend."""
        return {"updates": self._discriminator_stage.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._discriminator_stage.updates = state["updates"]
