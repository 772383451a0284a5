"""Adapt digits to striped digits with every objective, and write the tables.

    python benchmarks/adaptation.py            # trains, writes the results and docs/adaptation.md
    python benchmarks/adaptation.py --page     # writes the page from the results that are there
    python benchmarks/adaptation.py --row "reversal, cdan"

Accuracies are those after the last step: neither a step nor a setting of a row is chosen by the
target's labels here. Ten minutes on a free core.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import torch

from onestage import __version__
from onestage.apps.adaptation import build_adapt_config, build_adaptation

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "adaptation.md"
RESULTS = ROOT / "benchmarks" / "results" / "adaptation-digits.json"
BEGIN, END = "<!-- {} -->", "<!-- end of {} -->"
SEEDS = (0, 1, 2)
# The control, which learns from the source alone, runs beside the first of them.
ROWS: dict[str, dict[str, Any]] = {
    "reversal": {"objective": "reversal", "control": True},
    "swapped-labels": {"objective": "swapped-labels"},
    "wasserstein": {
        "objective": "wasserstein",
        "gradient_penalty": 10.0,
        "weight": 0.03,
        "beta1": 0.0,
        "discriminator_learning_rate": 4e-3,
    },
    "wasserstein, settings of reversal": {"objective": "wasserstein", "gradient_penalty": 10.0},
    "reversal, cdan": {"objective": "reversal", "conditional": "cdan"},
    "reversal, cdan-e": {"objective": "reversal", "conditional": "cdan-e"},
}
LONG = {"reversal": 2800}  # four times as many steps, one seed
SHOWN = {
    "target_accuracy": "target",
    "source_accuracy": "source, held out",
    "training_accuracy": "source, trained on",
    "domain_accuracy": "domain",
}


def train(settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """One run to its end: its last evaluation."""
    config = build_adapt_config({"control": False, "seed": seed, "threads": 1, **settings})
    game = build_adaptation(config)
    while game.count < config.steps:
        game.step()
    found = {"seed": seed, "strategy": game.facts()["strategy"], **game.evaluate()}
    print(settings, found, flush=True)
    return found


def measure() -> dict[str, Any]:
    """All rows, and what they were measured with."""
    rows = {name: [train(settings, seed) for seed in SEEDS] for name, settings in ROWS.items()}
    long = {
        name: train({**ROWS[name], "steps": n, "control": False}, 0) for name, n in LONG.items()
    }
    return {
        "date": date.today().isoformat(),
        "onestage": __version__,
        "torch": torch.__version__,
        "machine": f"{platform.machine()}, one CPU thread",
        "settings": asdict(build_adapt_config()),
        "rows": rows,
        "long": long,
    }


def accuracies(record: dict[str, Any], row: str, key: str) -> list[float]:
    """One figure of a row, by seed; of the control in the row `source only`."""
    if row == "source only":
        name = {"source_accuracy": "source_only_source_accuracy"}.get(key, f"source_only_{key}")
        return [run[name] for run in record["rows"]["reversal"] if name in run]
    return [run[key] for run in record["rows"][row]]


def main_table(record: dict[str, Any]) -> str:
    """Every row, every seed."""
    lines = [
        f"| objective | strategy | {' | '.join(SHOWN.values())} |",
        "|---|---|---|---|---|---|",
    ]
    for row in ("source only", *record["rows"]):
        strategy = "" if row == "source only" else f"`{record['rows'][row][0]['strategy']}`"
        cells = [_cell(accuracies(record, row, key)) for key in SHOWN]
        lines.append(f"| {row} | {strategy} | {' | '.join(cells)} |")
    return "\n".join(lines)


def bar_table(record: dict[str, Any]) -> str:
    """What was asked of it beforehand, and what was found; the worst seed decides."""
    target = {row: accuracies(record, row, "target_accuracy") for row in ("source only", *ROWS)}
    gains = [a - b for a, b in zip(target["reversal"], target["source only"], strict=True)]
    pairs = zip(target["swapped-labels"], target["reversal"], strict=True)
    lost = [a - b for a, b in pairs]
    bars = [
        ("reversal, target accuracy", 0.90, target["reversal"]),
        ("reversal above source only, target accuracy", 0.06, gains),
        ("reversal, source accuracy, held out", 0.98, _of(record, "source_accuracy")),
        ("reversal, source accuracy, trained on", 0.98, _of(record, "training_accuracy")),
        ("swapped labels above reversal, target accuracy", -0.01, lost),
    ]
    lines = ["| bar | at least | found | held |", "|---|---|---|---|"]
    for name, least, found in bars:
        held = "yes" if min(found) >= least - 1e-9 else "no"
        lines.append(f"| {name} | {least:.2f} | {_cell(found, signed=least < 0.1)} | {held} |")
    return "\n".join(lines)


def long_table(record: dict[str, Any]) -> str:
    """Four times as many steps."""
    lines = ["| objective | steps | target | source, held out | domain | classes predicted |"]
    lines.append("|---|---|---|---|---|---|")
    for name, run in record["long"].items():
        keys = ("target_accuracy", "source_accuracy", "domain_accuracy")
        cells = " | ".join(f"{run[key]:.3f}" for key in keys)
        lines.append(f"| {name} | {LONG[name]:,} | {cells} | {run['classes_predicted']:.1f} |")
    return "\n".join(lines)


def page(text: str, record: dict[str, Any]) -> str:
    """The page with the tables of a record."""
    tables = {"table": main_table(record), "bars": bar_table(record), "long": long_table(record)}
    for name, table in tables.items():
        before, rest = text.split(BEGIN.format(name))
        _, after = rest.split(END.format(name))
        text = f"{before}{BEGIN.format(name)}\n{table}\n{END.format(name)}{after}"
    return text


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", action="store_true", help="only write the page")
    parser.add_argument("--row", choices=ROWS, help="measure one row again, and keep the others")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.row:
        record = json.loads(RESULTS.read_text(encoding="utf-8"))
        record["rows"][options.row] = [train(ROWS[options.row], seed) for seed in SEEDS]
    elif options.page:
        record = json.loads(RESULTS.read_text(encoding="utf-8"))
    else:
        record = measure()
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")


def _of(record: dict[str, Any], key: str) -> list[float]:
    return accuracies(record, "reversal", key)


def _cell(values: Iterable[float], signed: bool = False) -> str:
    return " ".join(f"{value:+.3f}" if signed else f"{value:.3f}" for value in values)


if __name__ == "__main__":
    main()
