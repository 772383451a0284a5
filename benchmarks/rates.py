"""Is the gap between one stage and two a matter of how far an update goes?

One row by its own rule, at several learning rates, on the seeds of `recipes.py`; every trial is
written to benchmarks/results/rates.json at once, and what is there is not done again.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
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
        means = [_mean(one), _mean(two), _mean(ratios)]
        by_seed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
        rows.append([f"{rate:g}", *(f"{mean:.2f}" for mean in means), by_seed])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _mean(values: list[float]) -> float:
    return math.exp(fmean(map(math.log, values)))


def _fid(trials: list[dict[str, Any]], method: str, rate: float, seed: int) -> float:
    cell = {"method": method, "rate": rate, "seed": seed}
    (fid,) = [trial["fid"] for trial in trials if cell.items() <= trial.items()]
    return fid


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=_RESULTS)
    path = parser.parse_args(arguments).results
    torch.set_num_threads(1)
    trials = json.loads(path.read_text())["trials"] if path.exists() else []
    cells = [(rate, seed, method) for rate in RATES for seed in SEEDS for method in METHODS]
    for rate, seed, method in cells:
        cell = {"method": method, "rate": rate, "seed": seed}
        if any(cell.items() <= trial.items() for trial in trials):
            continue
        player = {**RULE, "learning_rate": rate}
        settings = {"generator": player, "discriminator": player}
        trials.append({**cell, **train(PRESET, method, settings, seed)})
        lines = ",\n".join(json.dumps(trial) for trial in trials)
        path.write_text(f'{{"preset": "{PRESET}", "trials": [\n{lines}\n]}}\n')
        print(json.dumps(trials[-1]), flush=True)
    print(write_table(trials))


if __name__ == "__main__":
    main()
