"""Is the gap between one stage and two a matter of how far an update goes?

One row by its own rule, at several learning rates, on the seeds of `recipes.py`; every trial is
written to benchmarks/results/rates.json at once, and what is there is not done again.
"""

from __future__ import annotations

import math
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from _trials import fill, results_option
from recipes import METHODS, SEEDS, train

PRESET, RULE = "lsgan", {"beta1": 0.9, "optimism": 9.5}
RATES = (5e-4, 1e-3, 2e-3, 4e-3)
_RESULTS = Path(__file__).resolve().parent / "results" / "rates.json"


def write_table(trials: list[dict[str, Any]]) -> str:
    """As docs/comparison.md has it: geometric means over the seeds, and their ratio."""
    head = ["rate", *METHODS, "ratio", "ratio by seed"]
    rows = [head, ["---"] * len(head)]
    for rate in RATES:
        one, two = ([_fid(trials, m, rate, seed) for seed in SEEDS] for m in METHODS)
        ratios = [a / b for a, b in zip(one, two, strict=True)]
        means = [mean(one), mean(two), mean(ratios)]
        by_seed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        rows.append([f"{rate:g}", *(f"{mean:.2f}" for mean in means), by_seed])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def mean(values: list[float]) -> float:
    """The geometric one."""
    return math.exp(fmean(map(math.log, values)))


def _fid(trials: list[dict[str, Any]], method: str, rate: float, seed: int) -> float:
    cell = {"method": method, "rate": rate, "seed": seed}
    (fid,) = [trial["fid"] for trial in trials if cell.items() <= trial.items()]
    return fid


def _run(cell: dict[str, Any]) -> dict[str, Any]:
    player = {**RULE, "learning_rate": cell["rate"]}
    settings = {"generator": player, "discriminator": player}
    return train(PRESET, cell["method"], settings, cell["seed"])


def main(arguments: list[str] | None = None) -> None:
    path = results_option(arguments, __doc__.splitlines()[0], _RESULTS)
    torch.set_num_threads(1)
    cells = [
        {"method": method, "rate": rate, "seed": seed}
        for rate in RATES
        for seed in SEEDS
        for method in METHODS
    ]
    print(write_table(fill(path, {"preset": PRESET}, cells, _run)))


if __name__ == "__main__":
    main()
