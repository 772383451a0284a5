"""What a run's folder holds, as far as a report shows it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Record = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        name: the folder's name, or its path where several have that name.
        settings: by dotted name.
        records: what was logged at each step.
        evaluations: metrics, each with its step.
        strategy: the strategy and why.
        pictures: step and file, in order.
    """

    name: str
    settings: Record
    records: Sequence[Record]
    evaluations: Sequence[Record]
    strategy: str
    pictures: Sequence[tuple[int, Path]]


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """The runs in these folders.

    Raises:
        ValueError: if there are none, one is given twice, is no run, or has nothing to show yet.
    """
    if not paths:
        raise ValueError("There is no run to report on; give at least one folder.")
    places = [path.resolve() for path in paths]
    for number, (path, place) in enumerate(zip(paths, places, strict=True)):
        if place in places[:number]:
            raise ValueError(f"{path} is given twice; name each run once.")
    names = [place.name for place in places]
    return [
        _read_run(path, place.name if names.count(place.name) == 1 else str(path))
        for path, place in zip(paths, places, strict=True)
    ]


def _read_run(path: Path, name: str) -> Run:
    config = path / "config.yaml"
    if not config.is_file():
        found = "has no config.yaml" if path.is_dir() else "does not exist"
        raise ValueError(f"{path} is not the folder of a run: it {found}.")
    records = _read_lines(path / "metrics.jsonl")
    strategy = path / "strategy.txt"
    run = Run(
        name=name,
        settings=_read_settings(config),
        records=[record for record in records if "metrics" not in record],
        evaluations=[
            *(_flat_metrics(record) for record in records if "metrics" in record),
            *_read_lines(path / "evaluations.jsonl"),
        ],
        strategy=strategy.read_text("utf-8", "replace").strip() if strategy.is_file() else "",
        pictures=_find_pictures(path / "samples"),
    )
    if not (run.records or run.evaluations or run.pictures):
        raise ValueError(f"{path} has nothing to show yet: it logged no step and drew no picture.")
    return run


def _read_lines(path: Path) -> list[Record]:
    """The records of a file; a last line that was cut off by a kill is left out."""
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    return [record for line in text.splitlines() if (record := _parse(line)) is not None]


def _parse(line: str) -> Record | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("step"), int) else None


def _flat_metrics(record: Record) -> Record:
    metrics = record["metrics"]
    return {"step": record["step"], **(metrics if isinstance(metrics, dict) else {})}


def _read_settings(path: Path) -> Record:
    import yaml

    try:
        settings = yaml.safe_load(path.read_text("utf-8", "replace"))
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        raise ValueError(f"{path} cannot be read as YAML: {problem}.") from error
    return flat(settings) if isinstance(settings, Mapping) else {}


def flat(nested: Mapping[Any, Any], path: str = "") -> Record:
    """Nested settings by dotted name."""
    found: Record = {}
    for name, value in nested.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = value
    return found


def _find_pictures(folder: Path) -> list[tuple[int, Path]]:
    found = [
        (int(match[1]), path)
        for path in folder.glob("step-*.png")
        if (match := re.fullmatch(r"step-(\d+)\.png", path.name))
    ]
    return sorted(found)
