"""How a run ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


class DivergedError(RuntimeError):
    """Too many steps in a row in which something was not finite; one line."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        steps: iterations done in all.
        signal: the signal that stopped it early, or None.
        seconds: time spent in training steps, over all resumptions.
        metrics: the last evaluation's record, or None.
        grid: the last grid of samples, or None.
        checkpoint: the last checkpoint.
    """

    steps: int
    signal: int | None
    seconds: float
    metrics: dict[str, Any] | None
    grid: Path | None
    checkpoint: Path | None
