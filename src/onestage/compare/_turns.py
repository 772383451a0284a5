"""A method in training, by turns of a few steps."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch import nn

from onestage.apps.gan import GANStep
from onestage.training import StepState

_LONGEST = 50
_TURNS = 50
_KEPT = 24
_SPACING = 100  # snapshots are at least so small a part of the run apart
_NUMBERS = ("seconds", "total_seconds", "diverged_at")

Clock = Callable[[], float]


def turn_length(steps: int) -> int:
    """Steps of a turn: long beside the clock's noise, short beside the machine's moods."""
    return max(1, min(_LONGEST, steps // _TURNS))


class Contender:
    """A method in training.

    Args:
        game: what is trained.
        clock: in seconds.

    Attributes:
        game: what is trained.
        turn: steps of a turn.
        seconds: the time of each whole turn but the first, which warms up (and probes D), while
            others take turns with it.
        total_seconds: of all turns.
        diverged_at: the step by whose turn's end a loss was not finite; it is trained no more.
        snapshots: the averaged generator at some steps, by step.
    """

    def __init__(self, game: GANStep, clock: Clock = time.perf_counter) -> None:
        self.game = game
        self.turn = turn_length(game.config.steps)
        self.seconds: list[float] = []
        self.total_seconds = 0.0
        self.diverged_at: int | None = None
        self.snapshots: dict[int, nn.Module] = {}
        self._clock = clock
        self._every = self.turn * max(1, game.config.steps // (_SPACING * self.turn))

    def train(self, until: int, *, alone: bool = False) -> None:
        """One turn, or less if step `until` is nearer.

        Args:
            until: where it stops.
            alone: whether no other takes turns with it, so that its speed says nothing of theirs.
        """
        number = min(self.turn, until - self.game.count)
        if number <= 0 or self.diverged_at is not None:
            return
        first = self.game.count
        self._wait()
        began = self._clock()
        finite = [self.game.step()["finite"] for _ in range(number)]
        self._wait()
        elapsed = self._clock() - began
        self.total_seconds += elapsed
        if first > 0 and number == self.turn and not alone:
            self.seconds.append(elapsed)
        if not bool(torch.stack(finite).all()):
            self.diverged_at = self.game.count
            self.snapshots.clear()

    def keep_snapshot(self, target: float) -> None:
        """Remember the averaged generator, if this step is among those that are remembered.

        Args:
            target: the step near which snapshots are wanted; the farthest one makes room.
        """
        count = self.game.count
        if self.diverged_at is not None or count in self.snapshots:
            return
        if count % self._every == 0 or count >= self.game.config.steps:
            self.snapshots[count] = copy.deepcopy(self.game.ema.module)
        if len(self.snapshots) > _KEPT:
            # The last one is the end of the run so far, which is measured in any case.
            earlier = sorted(self.snapshots)[:-1]
            del self.snapshots[max(earlier, key=lambda step: abs(step - target))]

    def state_dict(self) -> dict[str, Any]:
        """All that the next turn depends on, as tensors, numbers and text."""
        state = self.game.state()
        return {
            "weights": {name: dict(weights) for name, weights in state.weights.items()},
            "extra": dict(state.extra),
            "snapshots": {step: dict(net.state_dict()) for step, net in self.snapshots.items()},
            **{name: getattr(self, name) for name in _NUMBERS},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.game.load_state(StepState(state["weights"], state["extra"]))
        for name in _NUMBERS:
            setattr(self, name, state[name])
        for step, weights in state["snapshots"].items():
            self.snapshots[step] = copy.deepcopy(self.game.ema.module)
            self.snapshots[step].load_state_dict(weights)

    @property
    def seconds_per_step(self) -> float | None:
        """From the median turn: one that something disturbed does not count; None before two."""
        return median(self.seconds) / self.turn if self.seconds else None

    def _wait(self) -> None:
        """For the device: a clock that runs ahead of it measures nothing."""
        device = next(self.game.generator.parameters()).device
        if device.type == "cuda":
            torch.cuda.synchronize(device)
