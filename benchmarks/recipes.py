"""Which optimiser each method prefers on each row of the paper at small scale.

Both methods choose from one list, by the FID after all steps of the preset, on seeds that
`onestage compare` does not use:

1. the learning rate, with Adam at beta1 = 0.25, on the first seed;
2. the rule at that rate, on the first seed;
3. the other rate once more, with the best rule;
4. the better of the two best of all these, by the geometric mean over both seeds.

Every trial is written to benchmarks/results/recipes.json at once; what is there is not done again.
At the end it prints what belongs into `small:` and `small_alternating:` of the presets.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from onestage.apps import build_game
from onestage.compare import ROWS
from onestage.training import build_config

RATES = (1e-3, 2e-3)
RULES: dict[str, dict[str, float]] = {
    "adam 0.25": {"beta1": 0.25, "optimism": 0.0},
    "adam 0": {"beta1": 0.0, "optimism": 0.0},
    "adam 0.5": {"beta1": 0.5, "optimism": 0.0},
    "half-optimistic adam 0.25": {"beta1": 0.25, "optimism": 0.5},
    "optimistic adam 0.5": {"beta1": 0.5, "optimism": 1.0},
}
METHODS = ("one-stage", "two-stage-tuned")
SEEDS = (10, 11)
FIRST = "adam 0.25"
_RESULTS = Path(__file__).resolve().parent / "results" / "recipes.json"
Recipe = tuple[str, float]  # a rule and a learning rate


class Trials:
    """Trials that were made, on the disk as soon as they are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = json.loads(path.read_text()) if path.exists() else {}
        self.records: list[dict[str, Any]] = found.get("trials", [])
        self.chosen: dict[str, Recipe] = found.get("chosen", {})

    def fid(self, preset: str, method: str, recipe: Recipe, seed: int) -> float:
        """Of the run that there was, or is now; infinite where it diverged or lost a class."""
        key = {"preset": preset, "method": method, "rule": recipe[0], "rate": recipe[1]}
        key["seed"] = seed
        found = [r for r in self.records if key.items() <= r.items()]
        if not found:
            found = [{**key, **_train(preset, method, recipe, seed)}]
            self.records += found
            print(json.dumps(found[0]), flush=True)
            self.write()
        (record,) = found
        covered = record["fid"] is not None and record["smallest_class"] > 0
        return record["fid"] if covered else math.inf

    def write(self) -> None:
        temporary = self._path.with_suffix(".tmp")
        lines = ",\n".join(json.dumps(record) for record in self.records)
        head = f'"seeds": {list(SEEDS)}, "chosen": {json.dumps(self.chosen, indent=1)}'
        temporary.write_text(f'{{{head}, "trials": [\n{lines}\n]}}\n')
        temporary.replace(self._path)


def settings_of(recipe: Recipe) -> dict[str, Any]:
    """For both players."""
    player = {**RULES[recipe[0]], "learning_rate": recipe[1]}
    return {"generator": player, "discriminator": player}


def choose(trials: Trials, preset: str, method: str) -> Iterator[Recipe]:
    """The choice after each of the four rounds."""
    fids: dict[Recipe, float] = {}

    def best_of(recipes: list[Recipe]) -> Recipe:
        fids.update({r: trials.fid(preset, method, r, SEEDS[0]) for r in recipes})
        return min(fids, key=fids.__getitem__)

    _, rate = best = best_of([(FIRST, rate) for rate in RATES])
    yield best
    best = best_of([(rule, rate) for rule in RULES])
    yield best
    yield best_of([(best[0], other) for other in RATES])
    two = sorted(fids, key=fids.__getitem__)[:2]
    yield min(two, key=lambda recipe: _mean(trials, preset, method, recipe))


def _mean(trials: Trials, preset: str, method: str, recipe: Recipe) -> float:
    return fmean(math.log(trials.fid(preset, method, recipe, seed)) for seed in SEEDS)


def _train(preset: str, method: str, recipe: Recipe, seed: int) -> dict[str, Any]:
    own = {"preset": preset, "scale": "small", "method": method, "seed": seed}
    game = build_game(build_config({**own, **settings_of(recipe)}))
    for _ in range(game.config.steps):
        measured = game.step()
    if not bool(measured["finite"]):
        return {"fid": None, "smallest_class": 0.0}
    metrics = game.evaluate()
    return {"fid": round(metrics["fid"], 3), "smallest_class": metrics["smallest_class"]}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presets", nargs="+", default=ROWS, metavar="NAME")
    parser.add_argument("--results", type=Path, default=_RESULTS)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    trials = Trials(options.results)
    pairs = [(preset, method) for preset in options.presets for method in METHODS]
    # A round of all before the next round of any: what is stopped early is level.
    rounds = {pair: choose(trials, *pair) for pair in pairs}
    for _ in range(4):
        chosen = {pair: next(steps) for pair, steps in rounds.items()}
    trials.chosen |= {f"{pair[0]}, {pair[1]}": recipe for pair, recipe in chosen.items()}
    trials.write()
    for (preset, method), recipe in chosen.items():
        place = "small" if method == METHODS[0] else "small_alternating"
        print(f"{preset}: {place}: {json.dumps(settings_of(recipe))}")


if __name__ == "__main__":
    main()
