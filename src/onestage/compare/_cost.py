"""What a step of a method costs, by instruments that do not drift."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm

from onestage.apps import build_game
from onestage.bench import count_flops, peak_bytes
from onestage.training import PenaltyConfig, TrainConfig

_WARM_UP = 2  # D is probed at the first step, and the optimisers get their buffers


@dataclass(frozen=True)
class Cost:
    """Of one step, optimisers and the average included.

    Attributes:
        flops: floating-point operations, the mean over a cycle of the lazy penalties.
        peak_bytes: the most memory that a step of such a cycle holds beyond what there was before.
    """

    flops: int
    peak_bytes: int


def measure_cost(config: TrainConfig) -> Cost:
    """The cost of a step, measured on a game of its own that is thrown away."""
    game = build_game(config)
    for _ in range(_WARM_UP):
        game.step()
    device = next(game.generator.parameters()).device
    cycle, peaks = _cycle(config.penalties), list[int]()
    flops = count_flops(lambda: peaks.extend(peak_bytes(game.step, device) for _ in range(cycle)))
    return Cost(flops // cycle, max(peaks))


def _cycle(penalties: PenaltyConfig) -> int:
    """Steps after which the lazy penalties begin anew."""
    every = [(penalties.r1, penalties.r1_every), (penalties.r2, penalties.r2_every)]
    return lcm(*(steps for weight, steps in every if weight))
