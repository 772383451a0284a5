"""Alternating updates at their best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from onestage._frozen import frozen
from onestage.apps.gan._players import Batch, Players
from onestage.apps.gan.methods._stages import (
    DiscriminatorStage,
    generator_stage,
    make_fakes,
    with_earlier,
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

    def update(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """See `Method`."""
        players, (*earlier, last) = self._players, batches
        memory = players.memory()
        finite = self._discriminator_stage.earlier_updates(earlier)
        fakes = make_fakes(players, last, attached=True)
        measured = self._discriminator_stage(last, [fake.detach() for fake in fakes])
        with frozen(players.discriminator.parameters()):
            measured = generator_stage(players, memory, last, fakes, measured)
        return with_earlier(measured, finite)

    def facts(self) -> dict[str, str]:
        """See `Method`."""
        return {"strategy": "alternating, fakes used twice, D frozen in G's stage"}

    def state_dict(self) -> dict[str, Any]:
        """See `DiscriminatorStage`."""
        return self._discriminator_stage.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self._discriminator_stage.load_state_dict(state)
