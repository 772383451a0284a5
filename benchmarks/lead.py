"""What looking ahead is worth, and what its noise costs.

With a momentum of beta1, an optimism of beta1 / (1 - beta1) + l makes Adam's update (but for its
normalisation) the gradient itself plus l times the change of the momentum: a look l steps ahead
along a trend of about 1 / (1 - beta1) gradients. So the noise and l can be varied apart. One row at
one rate, on the seeds of `recipes.py`; every trial is written to benchmarks/results/lead.json at
once, and what is there is not done again.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from _trials import fill, results_option
from recipes import METHODS, SEEDS, train

PRESET, RATE = "lsgan", 2e-3
MOMENTA = (0.0, 0.5, 0.75, 0.9)
LEADS = (0.0, 0.5, 1.0)
_RESULTS = Path(__file__).resolve().parent / "results" / "lead.json"


def optimism(beta1: float, lead: float) -> float:
    """The coefficient of `OptimisticAdam` that looks `lead` steps ahead."""
    return round(beta1 / (1 - beta1) + lead, 3)


def mean_fid(trials: list[dict[str, Any]], method: str, beta1: float, lead: float) -> float | None:
    """The geometric mean over the seeds, if all are there."""
    cell = {"method": method, "beta1": beta1, "lead": lead}
    fids = [trial["fid"] for trial in trials if cell.items() <= trial.items()]
    return math.exp(fmean(map(math.log, fids))) if len(fids) == len(SEEDS) else None


def write_table(trials: list[dict[str, Any]]) -> str:
    """As docs/comparison.md has it."""
    head = [f"{method}, {lead:g} ahead" for method in METHODS for lead in LEADS]
    rows = [["beta1", *head], ["---"] * (len(head) + 1)]
    for beta1 in MOMENTA:
        cells = [mean_fid(trials, method, beta1, lead) for method in METHODS for lead in LEADS]
        rows.append([f"{beta1:g}", *("" if cell is None else f"{cell:.2f}" for cell in cells)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells() -> Iterator[dict[str, Any]]:
    """All leads with the least noise, by both methods; all noises at half a step, by one stage."""
    least = MOMENTA[-1]
    points = [(method, least, lead) for method in METHODS for lead in LEADS]
    points += [(METHODS[0], beta1, 0.5) for beta1 in MOMENTA if beta1 != least]
    for seed in SEEDS:
        for method, beta1, lead in points:
            yield {"method": method, "beta1": beta1, "lead": lead, "seed": seed}


def _run(cell: dict[str, Any]) -> dict[str, Any]:
    rule = {"beta1": cell["beta1"], "optimism": optimism(cell["beta1"], cell["lead"])}
    player = {**rule, "learning_rate": RATE}
    settings = {"generator": player, "discriminator": player}
    return train(PRESET, cell["method"], settings, cell["seed"])


def main(arguments: list[str] | None = None) -> None:
    path = results_option(arguments, __doc__.splitlines()[0], _RESULTS)
    torch.set_num_threads(1)
    print(write_table(fill(path, {"preset": PRESET, "rate": RATE}, _cells(), _run)))


if __name__ == "__main__":
    main()
