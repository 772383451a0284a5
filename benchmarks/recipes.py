"""Which optimiser each method prefers on each row of the paper at small scale.

Both methods choose from one list, by the FID after all steps of the preset, on seeds that
`onestage compare` does not use:

1. the learning rate, with Adam at beta1 = 0.25, on the first seed;
2. the rule at that rate, on the first seed; the worst two over the first five rows (in the order of
   `ROWS`) are left out on later ones: beta1 = 0.5 from the sixth on, its optimistic form from the
   seventh;
3. with the best rule, the other rate where the two methods disagree about it, and on the rows that
   the paper trains with a slower D, a D four times as slow as G;
4. with `--deepen`, optimism without momentum at that rate too, in two strengths; then the best two
   of all by the geometric mean over three seeds. Without it, the best on the first;
5. with `--widen`, optimism without momentum and slow optimism (`WIDER`) at the best rates of the
   rounds before; around the best two of that, D at twice and at half its rate, and G at half
   its own; then the best three of all by the geometric mean over three seeds.

Every trial is written to benchmarks/results/recipes.json at once; what is there is not done again.
At the end it prints what belongs into `small:` and `small_alternating:` of the presets.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

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
DEEPER: dict[str, dict[str, float]] = {
    "half-optimistic adam 0": {"beta1": 0.0, "optimism": 0.5},
    "optimistic adam 0": {"beta1": 0.0, "optimism": 1.0},
}
# Momentum m and optimism beta1 / (1 - beta1) + l make an update of the gradient itself plus l times
# the change of m: the look ahead is half a step, and the noise in it that of ten gradients' mean.
WIDER: dict[str, dict[str, float]] = {
    "slow-optimistic adam 0.9": {"beta1": 0.9, "optimism": 9.5},
}
ALL_RULES = {**RULES, **DEEPER, **WIDER}
METHODS = ("one-stage", "two-stage-tuned")
SEEDS = (10, 11, 12)
FIRST = "adam 0.25"
SLOWER = 4.0
SLOW_ROWS = ("dcgan-sym", "cgan", "wgan")
PRUNED = ("adam 0.5", "optimistic adam 0.5")
_RESULTS = Path(__file__).resolve().parent / "results" / "recipes.json"


class Recipe(NamedTuple):
    """A rule of both players and their learning rates.

    Attributes:
        rule: one of `RULES`, `DEEPER` or `WIDER`.
        rate: G's.
        slower: how many times slower D's is.
    """

    rule: str
    rate: float
    slower: float = 1.0


class Trials:
    """Trials that were made, on the disk as soon as they are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = json.loads(path.read_text()) if path.exists() else {}
        self.records: list[dict[str, Any]] = found.get("trials", [])
        self.chosen: dict[str, Recipe] = found.get("chosen", {})

    def fid(self, preset: str, method: str, recipe: Recipe, seed: int) -> float:
        """Of the run that there was, or is now; infinite where it diverged or lost a class."""
        key = {"preset": preset, "method": method, **recipe._asdict(), "seed": seed}
        found = [r for r in self.records if key.items() <= r.items()]
        if not found:
            found = [{**key, **train(preset, method, settings_of(recipe), seed)}]
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
    """For both players, as a config file has them."""
    rates = {"generator": recipe.rate, "discriminator": recipe.rate / recipe.slower}
    return {name: {**ALL_RULES[recipe.rule], "learning_rate": rate} for name, rate in rates.items()}


class Search:
    """The search for one method on one row.

    Args:
        trials: gets what is tried.
        preset: the row.
        method: one of `METHODS`.
    """

    def __init__(self, trials: Trials, preset: str, method: str) -> None:
        self._trials = trials
        self._key = (preset, method)
        self._fids: dict[Recipe, float] = {}

    @property
    def best(self) -> Recipe:
        """So far, on the first seed."""
        return min(self._fids, key=self._fids.__getitem__)

    def try_rates(self) -> None:
        self._try(Recipe(FIRST, rate) for rate in RATES)

    def try_rules(self) -> None:
        rate = self.best.rate
        pruned = PRUNED[: max(0, ROWS.index(self._key[0]) - 4)]
        self._try(Recipe(rule, rate) for rule in RULES if rule not in pruned)

    def try_neighbours(self, other: Recipe) -> None:
        """What the rounds before could not see; `other` is the other method's best."""
        best = self.best
        if best.rate != other.rate:
            self._try([Recipe(best.rule, other.rate)])
        if self._key[0] in SLOW_ROWS:
            self._try([Recipe(best.rule, best.rate, SLOWER)])

    def deepen(self) -> Recipe:
        best = self.best
        self._try(best._replace(rule=rule) for rule in DEEPER)
        return min(self._ranked()[:2], key=self._mean)

    def widen(self) -> Recipe:
        best = self.best
        self._try(best._replace(rule=rule) for rule in (*DEEPER, *WIDER))
        for rule, rate, slower in self._ranked()[:2]:
            self._try(Recipe(rule, rate, slower * factor) for factor in (0.5, 2.0))
            self._try([Recipe(rule, rate / 2, slower / 2)])
        return min(self._ranked()[:3], key=self._mean)

    def _ranked(self) -> list[Recipe]:
        """All that were tried, the best on the first seed first."""
        return sorted(self._fids, key=self._fids.__getitem__)

    def _try(self, recipes: Iterable[Recipe]) -> None:
        self._fids.update({r: self._trials.fid(*self._key, r, SEEDS[0]) for r in recipes})

    def _mean(self, recipe: Recipe) -> float:
        return fmean(math.log(self._trials.fid(*self._key, recipe, seed)) for seed in SEEDS)


def train(preset: str, method: str, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """The FID and the least class of a run with other settings than the preset's."""
    own = {"preset": preset, "scale": "small", "method": method, "seed": seed}
    game = build_game(build_config({**own, **settings}))
    for _ in range(game.config.steps):
        measured = game.step()
    if not bool(measured["finite"]):
        return {"fid": None, "smallest_class": 0.0}
    metrics = game.evaluate()
    return {"fid": round(metrics["fid"], 3), "smallest_class": metrics["smallest_class"]}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presets", nargs="+", default=ROWS, metavar="NAME")
    parser.add_argument("--deepen", action="store_true", help="round 4, on three seeds")
    parser.add_argument("--widen", action="store_true", help="round 5, on three seeds")
    parser.add_argument("--results", type=Path, default=_RESULTS)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    trials = Trials(options.results)
    pairs = [(preset, method) for preset in options.presets for method in METHODS]
    searches = {pair: Search(trials, *pair) for pair in pairs}
    # A round of all before the next round of any: what is stopped early is level.
    for search in searches.values():
        search.try_rates()
    for search in searches.values():
        search.try_rules()
    best = {pair: search.best for pair, search in searches.items()}
    for (preset, method), search in searches.items():
        search.try_neighbours(best[preset, METHODS[1 - METHODS.index(method)]])
    chosen = {pair: search.best for pair, search in searches.items()}
    if options.deepen:
        chosen = {pair: search.deepen() for pair, search in searches.items()}
    if options.widen:
        chosen = {pair: search.widen() for pair, search in searches.items()}
    trials.chosen |= {f"{pair[0]}, {pair[1]}": recipe for pair, recipe in chosen.items()}
    trials.write()
    for (preset, method), recipe in chosen.items():
        place = "small" if method == METHODS[0] else "small_alternating"
        print(f"{preset}: {place}: {json.dumps(settings_of(recipe))}")


if __name__ == "__main__":
    main()
