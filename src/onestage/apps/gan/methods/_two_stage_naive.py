"""Alternating updates as most code has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from onestage.apps.gan._players import Batch, Players
from onestage.apps.gan.methods._stages import (
    DiscriminatorStage,
    generator_stage,
    make_fakes,
    with_earlier,
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

    def update(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """See `Method`."""
        *earlier, last = batches
        memory = self._players.memory()
        finite = self._discriminator_stage.earlier_updates(earlier)
        # With a graph that nobody walks, as that code has it.
        fakes = [fake.detach() for fake in make_fakes(self._players, last, attached=True)]
        measured = self._discriminator_stage(last, fakes)
        fakes = make_fakes(self._players, last, attached=True)
        measured = generator_stage(self._players, memory, last, fakes, measured)
        return with_earlier(measured, finite)

    def facts(self) -> dict[str, str]:
        """See `Method`."""
        return {"strategy": "alternating, new fakes for G, D not frozen"}

    def state_dict(self) -> dict[str, Any]:
        """See `DiscriminatorStage`."""
        return self._discriminator_stage.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._discriminator_stage.load_state_dict(state)
