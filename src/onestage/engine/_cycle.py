"""Counts the optimiser steps of D alone that lie between two of both players."""

from __future__ import annotations


class Cycle:
    """Critic steps, told apart from accumulated micro-batches by D's optimiser steps.

    Attributes:
        critic_steps: those of the last complete cycle.
    """

    def __init__(self) -> None:
        self.critic_steps = 0
        self._pending = 0
        self._alone: int | None = None
        self._both: int | None = None

    def discriminator(self, step: int) -> None:
        """A call for D alone, in this optimiser step of D."""
        # Neither a further micro-batch, nor one of a step of both, is a critic step.
        if step not in (self._alone, self._both):
            self._pending += 1
            self._alone = step

    def both(self, step: int) -> None:
        """A call for both players, in this optimiser step of D."""
        if step != self._both:
            self.critic_steps = self._pending - (step == self._alone)
            self._pending = 0
            self._both = step
