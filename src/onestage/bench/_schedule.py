"""Lazy penalties make steps of several kinds: every kind is measured, and counts by its share.

So a contender need not make a whole period of steps, and none is measured at steps at which fewer
penalties are due than at another's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import lcm
from typing import Any

import torch

from onestage.bench._contenders import Game, Step
from onestage.bench._flops import count_operations
from onestage.bench._measure import Clock, interleaved_times, peak_bytes
from onestage.penalties import AnyPenalty


@dataclass(frozen=True)
class Phase:
    """A kind of step.

    Attributes:
        share: of all steps.
        penalties: those that are due at it.
    """

    share: Fraction
    penalties: tuple[AnyPenalty, ...] = ()

    def record(self) -> dict[str, Any]:
        """For a file."""
        return {
            "share": float(self.share),
            "steps": f"{self.share}",
            "penalties": [penalty.name for penalty in self.penalties],
        }


@dataclass(frozen=True)
class Schedule:
    """A contender's steps.

    Attributes:
        phases: the kinds of steps, the most frequent first.
        steps: one of each kind.
    """

    phases: Sequence[Phase]
    steps: Sequence[Step]

    def peak_bytes(self, device: torch.device) -> int:
        """The most memory, in bytes, that any of the steps holds; see `peak_bytes`."""
        return max(peak_bytes(step, device) for step in self.steps)

    def mean(self, values: Iterable[float]) -> float:
        """Of a value for each kind of step, by their shares."""
        return sum(phase.share * x for phase, x in zip(self.phases, values, strict=True))


def list_phases(penalties: Sequence[AnyPenalty]) -> list[Phase]:
    """Every set of penalties that is due together, the most frequent first."""
    numbers = range(len(penalties))
    sets = [frozenset(due) for n in range(len(penalties) + 1) for due in combinations(numbers, n)]
    # A set is due, with or without others, once in the least common multiple of its intervals.
    among = {due: Fraction(1, lcm(*(penalties[i].every for i in due))) for due in sets}

    def alone(due: frozenset[int]) -> Fraction:  # inclusion and exclusion
        return sum(
            ((-1) ** len(more - due) * among[more] for more in sets if more >= due), Fraction(0)
        )

    found = [Phase(alone(due), tuple(penalties[i] for i in sorted(due))) for due in sets]
    return sorted((phase for phase in found if phase.share), key=lambda p: p.share, reverse=True)


def build_schedule(build: Callable[[Game], Step], game: Game) -> Schedule:
    """The steps of a contender with the game's penalties as they become due."""
    phases = list_phases(game.penalties)
    return Schedule(phases, [build(replace(game, penalties=p.penalties)) for p in phases])


def interleaved_means(
    schedules: Mapping[str, Schedule],
    *,
    rounds: int,
    warmup: int,
    device: torch.device,
    clock: Clock = time.perf_counter,
) -> dict[str, list[float]]:
    """Mean times of each schedule's steps in seconds, round by round; as `interleaved_times`."""
    names = {name: [f"{name}/{k}" for k in range(len(s.steps))] for name, s in schedules.items()}
    steps = {
        key: step
        for name, schedule in schedules.items()
        for key, step in zip(names[name], schedule.steps, strict=True)
    }
    times = interleaved_times(steps, rounds=rounds, warmup=warmup, device=device, clock=clock)
    return {
        name: [schedule.mean(row) for row in zip(*(times[key] for key in names[name]), strict=True)]
        for name, schedule in schedules.items()
    }


def count_scheduled(schedule: Schedule) -> tuple[int, list[str]]:
    """(mean floating-point operations of a step, heavy operations that are not among them)."""
    counts = [count_operations(step) for step in schedule.steps]
    flops = round(schedule.mean(count.flops for count in counts))
    return flops, sorted({name for count in counts for name in count.uncounted})


def describe_phases(records: Sequence[Mapping[str, Any]]) -> str:
    """A sentence on kinds of steps, as recorded; "" where there is but one."""
    if len(records) < 2:
        return ""
    kinds = [(r["steps"], " and ".join(r["penalties"]) or "no penalty") for r in records]
    of_steps = ", ".join(f"{share} with {penalties}" for share, penalties in kinds)
    return (
        f"lazy penalties: of the steps, {of_steps}. All contenders make each kind; operations and "
        "times are means by these shares, and the peak is the highest of any."
    )
