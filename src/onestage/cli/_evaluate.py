"""`onestage evaluate`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from onestage.apps import load_trained
from onestage.cli._options import strict
from onestage.metrics import check_comparable, upgrade_record
from onestage.training import ConfigError, RunFolder

_FIGURES = (
    "fid",
    "kid",
    "precision",
    "recall",
    "density",
    "coverage",
    "smallest_class",
    "confidence",
    "num_modes",
    "good_share",
)
_Record = dict[str, Any]


def evaluate(
    run: Path,
    /,
    *others: Path,
    samples: Annotated[int, Parameter(converter=strict)] = 2000,
    features: str | None = None,
    best: Annotated[bool, Parameter(negative=())] = False,
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Measure what trained runs make; several stand side by side.

    Each record is added to its run's evaluations.jsonl and printed: in a table on a terminal, as
    a line of JSON elsewhere (with the name of its run, where there are several). Figures that were
    not measured alike are refused: other features, numbers, sizes or real images.

    Parameters
    ----------
    run
        Folder of a run; its newest checkpoint's averaged generator is used. Or a file of records
        (evaluations.jsonl, metrics.jsonl, or what --json wrote), whose last one is shown.
    others
        More of them, to be compared with the first.
    samples
        Number of images or points to make.
    features
        What images are compared by: digits, pixels, inception (fetched at the first use), or
        MODULE:FACTORY of your own, which is imported. By default digits for the digits, else
        pixels.
    best
        Take the checkpoint whose evaluation had the least FID, not the newest.
    json_output
        Print JSON on a terminal too.
    """
    if samples < 2:
        raise ConfigError(f"--samples is {samples}: it must be at least 2.")
    paths = (run, *others)
    _check_paths(paths)
    records: dict[str, _Record] = {}
    for path in paths:
        read = path.is_file()
        records[str(path)] = _read(path) if read else _measure(path, samples, features, best)
        check_comparable(records)  # before time goes into the next
    _say_what_is_wrong(records)
    if json_output or not sys.stdout.isatty():
        _print_json(records)
    else:
        Console().print(_table(records), markup=False)
        print(_describe(records[str(run)]))


def _check_paths(paths: Sequence[Path]) -> None:
    """Refuses what is no run and no file, before anything is measured."""
    for number, path in enumerate(paths):
        if path in paths[:number]:
            raise ConfigError(f"{path} is given twice; name each run once.")
        if not path.is_file():
            RunFolder.open(path)


def _measure(path: Path, samples: int, features: str | None, best: bool) -> _Record:
    folder = RunFolder.open(path)
    trained = load_trained(folder, best=best)
    metrics = trained.task.evaluate(trained.generator, num_samples=samples, features=features)
    record = {"step": trained.step, **metrics}
    folder.log_evaluation(record)
    return record


def _read(path: Path) -> _Record:
    """The last record of a file.

    Raises:
        ConfigError: If it holds none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = ""
    found = [record for line in text.splitlines() if (record := _parse(line)) is not None]
    whole = _parse(text)  # written by hand, over several lines
    if whole is None and not found:
        raise ConfigError(
            f"{path} holds no record of metrics; give the folder of a run, its evaluations.jsonl "
            "or metrics.jsonl, or what --json wrote."
        )
    return upgrade_record(whole if whole is not None else found[-1])


def _parse(text: str) -> _Record | None:
    try:
        record = json.loads(text)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    inner = record.get("metrics")
    if isinstance(inner, dict):
        record = {"step": record.get("step"), **inner}
    return record if "fid" in record else None


def _say_what_is_wrong(records: Mapping[str, _Record]) -> None:
    lines = [line for record in records.values() for line in record.get("warnings", ())]
    for line in dict.fromkeys(lines):
        print("onestage: warning:", line, file=sys.stderr)


def _print_json(records: Mapping[str, _Record]) -> None:
    for name, record in records.items():
        print(json.dumps(record if len(records) == 1 else {"run": name, **record}))


def _table(records: Mapping[str, _Record]) -> Table:
    columns: Sequence[_Record] = list(records.values())
    table = Table("")
    for name, record in records.items():
        table.add_column(
            f"{name}\nstep {record.get('step', '?')}", justify="right", overflow="fold"
        )
    for figure in _FIGURES:
        values = [record.get(figure) for record in columns]
        if any(value is not None for value in values):
            table.add_row(figure.replace("_", " "), *map(_format, values))
    return table


def _format(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}"


def _describe(record: _Record) -> str:
    """What all the figures of a table were measured with."""
    how = "{num_samples:,} samples against {num_reference:,} of {reference}; features: "
    return (how + "{feature_network}").format_map(record)
