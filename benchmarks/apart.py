"""What one row gains when each player has a rule of its own, and by shorter averages.

Each line of the list below is tried by both methods, so that each may choose from the same, on the
seeds of `recipes.py`. Every trial is written to
benchmarks/results/apart.json at once, and what is there is not done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from _trials import fill, results_option
from rates import PRESET, mean
from recipes import ALL_RULES, METHODS, SEEDS, train

SLOW, PLAIN, HALF = "slow-optimistic adam 0.9", "adam 0", "half-optimistic adam 0"


class Line(NamedTuple):
    """A rule of each player.

    Attributes:
        generator: one of the rules of `recipes.py`.
        discriminator: the same.
        beta2: of both.
        average: the decay of G's average.
        rate: G's learning rate.
        faster: how many times D's is that.
    """

    generator: str
    discriminator: str
    beta2: float = 0.99
    average: float = 0.99
    rate: float = 2e-3
    faster: float = 1.0


LINES = (
    Line(SLOW, SLOW),
    Line(PLAIN, SLOW),
    Line(HALF, SLOW),
    Line(SLOW, PLAIN),
    Line(SLOW, SLOW, average=0.98),
    Line(SLOW, SLOW, beta2=0.9),
    Line(SLOW, SLOW, beta2=0.9, average=0.98),
    Line(PLAIN, SLOW, beta2=0.9),
    Line(PLAIN, SLOW, beta2=0.9, average=0.98),
    Line(PLAIN, SLOW, beta2=0.9, average=0.97),
    Line(PLAIN, SLOW, beta2=0.9, average=0.98, faster=1.4),
    Line(PLAIN, SLOW, beta2=0.9, average=0.98, faster=2.0),
    Line(PLAIN, SLOW, beta2=0.9, average=0.98, rate=2.8e-3),
    Line(PLAIN, SLOW, beta2=0.9, average=0.98, rate=2.8e-3, faster=1.4),
    Line(PLAIN, SLOW, beta2=0.9, average=0.98, rate=4e-3, faster=0.7),
    Line(PLAIN, SLOW, beta2=0.9, average=0.98, rate=4e-3),
)
_RESULTS = Path(__file__).resolve().parent / "results" / "apart.json"


def write_table(trials: list[dict[str, Any]]) -> str:
    """As docs/comparison.md has it: geometric means over the seeds, and their ratio."""
    rows = [["G", "D", "beta2", "average", "rate", "D faster", *METHODS, "ratio"]]
    rows.append(["---"] * len(rows[0]))
    for line in LINES:
        one, two = (_mean_fid(trials, method, line) for method in METHODS)
        rows.append(
            [
                *(f"{value:g}" if isinstance(value, float) else value for value in line),
                *(f"{value:.2f}" for value in (one, two, one / two)),
            ]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def best(trials: list[dict[str, Any]], method: str) -> Line:
    """The recipe of a method."""
    return min(LINES, key=lambda line: _mean_fid(trials, method, line))


def _mean_fid(trials: list[dict[str, Any]], method: str, line: Line) -> float:
    cell = {"method": method, **line._asdict()}
    return mean([trial["fid"] for trial in trials if cell.items() <= trial.items()])


def _cells() -> Iterator[dict[str, Any]]:
    for line in LINES:
        for seed in SEEDS:
            for method in METHODS:
                yield {"method": method, **line._asdict(), "seed": seed}


def _run(cell: dict[str, Any]) -> dict[str, Any]:
    rates = {"generator": cell["rate"], "discriminator": cell["rate"] * cell["faster"]}
    players = {
        name: {**ALL_RULES[cell[name]], "learning_rate": rate, "beta2": cell["beta2"]}
        for name, rate in rates.items()
    }
    settings = {**players, "ema_decay": cell["average"]}
    return train(PRESET, cell["method"], settings, cell["seed"])


def main(arguments: list[str] | None = None) -> None:
    path = results_option(arguments, __doc__.splitlines()[0], _RESULTS)
    torch.set_num_threads(1)
    print(write_table(fill(path, {"preset": PRESET}, _cells(), _run)))


if __name__ == "__main__":
    main()
