"""One stage as one CUDA graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from onestage.apps.gan._optimizers import make_recordable
from onestage.apps.gan._players import Batch, Players
from onestage.apps.gan.methods._one_stage import update_players
from onestage.graphs import CapturedStep, LazyGames


class RecordedOneStage:
    """`OneStageMethod`, recorded once and replayed: forwards, backwards and optimisers in a launch.

    What Python decides from step to step stays outside the recording: which penalties are due (each
    set that is due together has a recording of its own), G's noise and the real samples, which are
    copied in, and the learning rates, which are tensors. Random numbers are seeded before each
    replay as before each step. Where a step cannot be recorded it runs eagerly.

    Args:
        players: the game.
        strategy: passed to `OneStage`.

    Raises:
        ValueError: for a loss or a penalty that learns between steps.
    """

    def __init__(self, players: Players, strategy: str = "auto") -> None:
        self._players = players
        self._games = LazyGames(
            players.discriminator, players.loss, penalties=players.penalties, strategy=strategy
        )
        self._every = {penalty.name: penalty.every for penalty in players.penalties}
        self._updates = 0  # of D
        self._due = self._games.due(0)  # at the last of them
        self._strategy = "none yet"
        self._told: str | None = None
        self._begin()

    def update(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """See `Method`."""
        due = tuple([self._games.due(self._updates + i) for i in range(len(batches))])
        self._updates += len(batches)
        self._due = due[-1]
        measured = self._step([self._players.draw(batch) for batch in batches], variant=due)
        # The next replay overwrites what this one measured.
        return {name: value.clone() for name, value in measured.items()}

    def facts(self) -> dict[str, str]:
        """The strategy that was taken last, and how the step is run."""
        how = "replayed" if self._step.is_recorded else "not recorded yet"
        return {"strategy": self._strategy, "cuda graph": self._step.reason or how}

    def notes(self) -> list[str]:
        """Why the step runs eagerly, when that is found, once."""
        told, self._told = self._told, self._step.reason
        return [] if self._told in (None, told) else [self._step.reason or ""]

    def explain(self) -> str:
        """See `OneStage.explain`."""
        return f"{self._games[self._due].explain()}\nCUDA graph: {self.facts()['cuda graph']}"

    def state_dict(self) -> dict[str, Any]:
        """As `OneStageMethod` has it: a run may go on by either."""
        return {"game": {"optimizer_steps": self._updates, "loss": {}, "penalties": {}}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; what was recorded is dropped."""
        self._updates = state["game"]["optimizer_steps"]
        self._begin()

    def _begin(self) -> None:
        """Warm up and record anew: loaded optimisers have tensors that no recording knows."""
        players = self._players
        device = next(players.generator.parameters()).device
        self._step = CapturedStep(self._play, device=device)
        if self._step.reason is None:
            make_recordable(players.generator_optimizer, device)
            make_recordable(players.discriminator_optimizer, device)

    def _play(
        self, batches: Sequence[Batch], *, variant: tuple[frozenset[str], ...]
    ) -> dict[str, Tensor]:
        calls = [(self._games[due], batch) for due, batch in zip(variant, batches, strict=True)]
        step = update_players(self._players, calls)
        self._strategy = step.strategy
        measured = step.measured
        for name in measured.keys() & self._every.keys():
            measured[name] = measured[name] / self._every[name]  # it is as many times as strong
        return measured
