"""`onestage evaluate`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from onestage.apps import load_trained
from onestage.cli._answer import Answer, Block, table
from onestage.cli._options import strict
from onestage.cli._terminal import Said, Terminal
from onestage.metrics import FIGURES, check_comparable, upgrade_record
from onestage.training import ConfigError, RunFolder

_Record = dict[str, Any]


def evaluate(
    run: Path,
    /,
    *others: Path,
    samples: Annotated[int, Parameter(converter=strict)] = 2000,
    features: str | None = None,
    best: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    terminal: Said,
) -> Answer:
    """Measure what trained runs make, side by side.

    Each record is added to its run's evaluations.jsonl. Figures that were not measured alike are
    refused: other features, numbers, sizes or real images. With --json a list is printed, a record
    for each run.

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
        MODULE:FACTORY of your own, which is imported. [default: digits for digits, else pixels]
    best
        Take the checkpoint whose evaluation had the least FID, not the newest.

    Examples
    --------
    onestage evaluate runs/mine
    onestage evaluate runs/mine runs/other --samples 10000 --features inception
    onestage evaluate runs/mine --json | jq '.[0].fid'
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
    _warn(records, terminal)
    return Answer(
        [{**record, "run": name} for name, record in records.items()],
        [_block(records), _describe(records[str(run)])],
    )


def _check_paths(paths: Sequence[Path]) -> None:
    """Refuse what is no run and no file, before anything is measured."""
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
        ConfigError: if it holds none.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = ""
    whole = _parse(text)  # one document, over several lines
    found = whole or [record for line in text.splitlines() for record in _parse(line)]
    if not found:
        raise ConfigError(
            f"{path} holds no record of metrics; give the folder of a run, its evaluations.jsonl "
            "or metrics.jsonl, or what --json wrote."
        )
    return upgrade_record(found[-1])


def _parse(text: str) -> list[_Record]:
    """The records of a JSON document: one, or a list of them as --json prints it."""
    try:
        document = json.loads(text)
    except ValueError:
        return []
    found = document if isinstance(document, list) else [document]
    records = [_measured(record) for record in found if isinstance(record, dict)]
    return [record for record in records if "fid" in record]


def _measured(record: _Record) -> _Record:
    """The figures of a line of metrics.jsonl, where they are inside; else the record itself."""
    inner = record.get("metrics")
    return {"step": record.get("step"), **inner} if isinstance(inner, dict) else record


def _warn(records: Mapping[str, _Record], terminal: Terminal) -> None:
    lines = [line for record in records.values() for line in record.get("warnings", ())]
    for line in dict.fromkeys(lines):
        terminal.warn(line)


def _block(records: Mapping[str, _Record]) -> Block:
    """A column for each run; elsewhere than on a terminal parted by tabs."""
    headings = ["", *(f"{run}, step {record.get('step', '?')}" for run, record in records.items())]
    rows = [
        [figure.replace("_", " "), *(_format(record.get(figure)) for record in records.values())]
        for figure in FIGURES
        if any(record.get(figure) is not None for record in records.values())
    ]
    drawn = table(headings, rows)
    for column in drawn.columns[1:]:
        column.justify = "right"
    return Block(drawn, "\n".join("\t".join(row) for row in [headings, *rows]))


def _format(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}"


def _describe(record: _Record) -> str:
    """What all the figures of a table were measured with."""
    how = "{num_samples:,} samples against {num_reference:,} of {reference}; features: "
    return (how + "{feature_network}").format_map(record)
