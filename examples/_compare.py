"""Trains one example's versions side by side: the same weights, data, noise and machine.

The versions take turns at every step, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

ONE_STAGE = "one-stage"


@dataclass(frozen=True)
class Bar:
    """What is asked of one figure of quality on held-out data; in the figure's own unit."""

    higher: bool  # whether higher is better
    slack: float  # how much worse than the first two-stage version it may be
    reach: float  # what it must reach, so that "equal" is not "equally bad"

    def missed_by(self, one: float, two: float) -> bool:
        """Whether `one` is worse than `two` by more than the slack, out of reach, or NaN."""
        sign = 1 if self.higher else -1
        return not (sign * (one - two) >= -self.slack and sign * (one - self.reach) >= 0)


@dataclass(frozen=True)
class Example:
    """What differs between examples."""

    build: Callable[[int], Any]  # of the number of steps: networks, optimisers and `.game`
    batches: Callable[[int], Iterator[Any]]  # of the seed: an endless stream
    versions: dict[str, Callable[[Any, Any], Any]]  # step(players, batch); "one-stage" is one
    quality: Callable[[Any], dict[str, float]]  # of the trained players, on held-out data
    bars: dict[str, Bar]  # by figure of quality
    flop_bars: dict[str, float]  # the least FLOP ratio over one-stage, by two-stage version
    steps: int  # of a full training
    timed_from: int = 5  # the first step whose time counts: after the probe, a late start, ...


@dataclass(frozen=True)
class Comparison:
    """What came out, by version, and the bars that were missed."""

    quality: dict[str, dict[str, float]]
    flops: dict[str, int]
    seconds: dict[str, float]
    explanation: str
    failures: list[str]


def compare(example: Example, argv: list[str] | None = None) -> Comparison:
    """Train every version, print the table, `explain()` and the bars that were missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=example.steps)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--smoke", action="store_true", help="three steps, no bar on quality")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    num_steps = 3 if options.smoke else options.steps
    print(f"{num_steps} steps, seed {options.seed}, {options.threads} threads")
    players, flops, seconds = _train(example, num_steps, options.seed)
    quality = {name: example.quality(player) for name, player in players.items()}
    bars = example.bars if num_steps >= example.steps else {}
    failures = _failures(bars, quality) + [
        f"{name}: {flops[name] / flops[ONE_STAGE]:.3f} times the FLOPs; {bar} was promised"
        for name, bar in example.flop_bars.items()
        if flops[name] < bar * flops[ONE_STAGE]
    ]
    result = Comparison(quality, flops, seconds, players[ONE_STAGE].game.explain(), failures)
    _print_table(result)
    print(result.explanation, *failures, sep="\n", flush=True)
    return result


def _train(example: Example, num_steps: int, seed: int) -> tuple[dict, dict, dict]:
    players, flops = {}, {}
    for name in example.versions:
        torch.manual_seed(seed)
        players[name] = example.build(num_steps)
    times: dict[str, list[float]] = {name: [] for name in players}
    for k, batch in zip(range(num_steps), example.batches(seed), strict=False):
        for name in sorted(players, reverse=bool(k % 2)):
            torch.manual_seed(seed * 1_000_003 + k)  # the same noise for every version
            if k < num_steps - 1:
                start = time.perf_counter()
                example.versions[name](players[name], batch)
                times[name].append(time.perf_counter() - start)
            else:  # counting takes time: the last step is not timed
                with FlopCounterMode(display=False) as counter:
                    example.versions[name](players[name], batch)
                flops[name] = counter.get_total_flops()
    first = min(example.timed_from, num_steps - 2)
    return players, flops, {name: statistics.median(t[first:]) for name, t in times.items()}


def _failures(bars: dict[str, Bar], quality: dict[str, dict[str, float]]) -> list[str]:
    one, two = quality[ONE_STAGE], next(iter(quality.values()))
    missed = [key for key, bar in bars.items() if bar.missed_by(one[key], two[key])]
    return [f"{k}: {one[k]:.4g} against {two[k]:.4g} in two stages; {bars[k]}" for k in missed]


def _print_table(result: Comparison) -> None:
    heads = [*result.quality[ONE_STAGE], "GFLOP/step", "ms/step", "FLOP ratio", "time ratio"]
    print(f"{'':16}" + "".join(f"{head:>12}" for head in heads))
    for name, quality in result.quality.items():
        flops, seconds = result.flops[name], result.seconds[name]
        ratios = flops / result.flops[ONE_STAGE], seconds / result.seconds[ONE_STAGE]
        row = [*quality.values(), flops / 1e9, seconds * 1e3, *ratios]
        print(f"{name:16}" + "".join(f"{value:12.4g}" for value in row))
