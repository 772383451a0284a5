"""Trials of one preset, in a file that a stopped search goes on with."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Trial = dict[str, Any]


def results_option(arguments: list[str] | None, description: str, default: Path) -> Path:
    """Where the trials are, from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--results", type=Path, default=default)
    return parser.parse_args(arguments).results


def fill(
    path: Path, about: Trial, cells: Iterable[Trial], run: Callable[[Trial], Trial]
) -> list[Trial]:
    """All trials; one that is not in the file yet is run, and written at once.

    Args:
        path: the file.
        about: what the trials have in common; it stands before them.
        cells: what tells a trial from the others.
        run: what a cell's trial adds to it.
    """
    trials = json.loads(path.read_text())["trials"] if path.exists() else []
    for cell in cells:
        if any(cell.items() <= trial.items() for trial in trials):
            continue
        trials.append({**cell, **run(cell)})
        head = json.dumps(about)[:-1]
        lines = ",\n".join(json.dumps(trial) for trial in trials)
        path.write_text(f'{head}, "trials": [\n{lines}\n]}}\n')
        print(json.dumps(trials[-1]), flush=True)
    return trials
