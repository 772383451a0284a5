"""What the loop reads of a run's settings."""

from __future__ import annotations

from typing import Protocol


class LoopConfig(Protocol):
    """A length and intervals in steps; an interval of 0 means: only at the end.

    `TrainConfig` has these fields, and so have the configs of other applications.
    """

    @property
    def steps(self) -> int:
        """In all."""

    @property
    def log_every(self) -> int:
        """Between two records."""

    @property
    def sample_every(self) -> int:
        """Between two pictures."""

    @property
    def evaluate_every(self) -> int:
        """Between two evaluations."""

    @property
    def evaluate_samples(self) -> int:
        """Samples per evaluation; with 0 there is none."""

    @property
    def checkpoint_every(self) -> int:
        """Between two checkpoints."""

    @property
    def keep_checkpoints(self) -> int:
        """How many of them stay."""

    @property
    def max_skipped(self) -> int:
        """In a row, since something was not finite, before the run goes back."""
