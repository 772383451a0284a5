"""What the loop needs from a game, and all that it knows of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor


@dataclass(frozen=True)
class StepState:
    """All that the next step of a game depends on.

    Attributes:
        weights: state dicts by name; each becomes one safetensors file.
        extra: optimisers, counters, random states: nested tensors, numbers and text.
    """

    weights: Mapping[str, Mapping[str, Tensor]]
    extra: Mapping[str, Any] = field(default_factory=dict)


class Step(Protocol):
    """A game that can be trained: networks, optimisers and data, one iteration at a time.

    Where several processes play it, all call the same methods in the same order; what `draw`
    writes, and what `evaluate` and `state` give, counts in the first one.
    """

    @property
    def count(self) -> int:
        """Iterations done."""

    @property
    def batch_size(self) -> int:
        """Real samples per iteration."""

    def step(self) -> Mapping[str, Tensor]:
        """One iteration; what it measured as detached 0-dim tensors, none of them read.

        `finite` (bool) says whether the losses and gradients were; where it is false, the players
        have not moved. The rest is averaged.
        """

    def diagnose(self) -> str:
        """Where the first value that is not finite comes from, in a few words."""

    def draw(self, path: Path) -> None:
        """Write a picture (PNG) that shows the state of the training."""

    def evaluate(self) -> dict[str, Any] | None:
        """Metrics, the less `fid` the better; None where nothing can be measured."""

    def notes(self) -> list[str]:
        """What a person should be told now, a line each; each once."""

    def facts(self) -> dict[str, str]:
        """What a person wants to read when training ends, such as the strategy."""

    def draw_anew(self, returns: int) -> None:
        """Draw other random numbers from here on, since the run has gone back so often.

        `state` keeps it; `seed_after` gives a seed.
        """

    def state(self) -> StepState:
        """Everything that `load_state` needs to go on bit for bit."""

    def load_state(self, state: StepState) -> None:
        """Take over what `state` gave."""
