"""compare.json: written anew as soon as anything is finished, and gone on from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from onestage._files import write_text
from onestage.compare._machine import describe_machine
from onestage.compare._paper import SOURCE
from onestage.compare._plan import Plan, Unit
from onestage.compare._summary import summarize
from onestage.compare._unfinished import UNFINISHED
from onestage.training import RunError, build_config

_FORMAT = 1
_NAME = "compare.json"
_FIXED = ("scale", "methods", "settings", "features")


class ComparisonFile:
    """The record of a comparison in its folder.

    Args:
        folder: where `compare.json` is, or will be.
        plan: what is compared. More presets and more seeds than there are may be asked for;
            whatever else differs is refused.

    Raises:
        RunError: if the folder holds something else, or a comparison that was made otherwise.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.path = folder / _NAME
        self._plan = plan
        self.record: dict[str, Any] = self._read() if self.path.exists() else self._new()

    def missing(self) -> list[Unit]:
        """What is still to be trained.

        Raises:
            RunError: if a preset has other settings now than those that its records were made with.
        """
        done: dict[tuple[str, int], set[str]] = {}
        for record in self.record["records"]:
            done.setdefault((record["preset"], record["seed"]), set()).add(record["method"])
        units = list(self._plan.units())
        for unit in units:
            self._check_settings(unit)
        return [
            unit
            for unit in units
            if not set(unit.methods) <= done.get((unit.preset, unit.seed), set())
        ]

    def add(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Take in the records of a unit, and bring them to the disk."""
        self.record["records"] += json.loads(json.dumps(records))
        order = {unit: i for i, unit in enumerate(_keys(self._plan))}
        self.record["records"].sort(
            key=lambda r: (order.get((r["preset"], r["seed"]), len(order)), r["preset"], r["seed"])
        )
        self.record["summary"] = summarize(self.record["records"], self._plan.against)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(self.record, indent=1) + "\n")

    def _new(self) -> dict[str, Any]:
        folder = self.path.parent
        if folder.exists() and not folder.is_dir():
            raise RunError(f"{folder} is a file; choose another --out.")
        if folder.is_dir() and any(path.name != UNFINISHED for path in folder.iterdir()):
            raise RunError(f"{folder} holds something else; choose another --out.")
        return {
            "format": _FORMAT,
            "machine": describe_machine(),
            **_fixed(self._plan),
            "paper": SOURCE,
            "records": [],
            "summary": [],
        }

    def _read(self) -> dict[str, Any]:
        found = read_comparison(self.path)
        wanted = _fixed(self._plan)
        for name in _FIXED:
            for option, was, now in _differences(found[name], wanted[name], name):
                raise RunError(
                    f"{self.path} was made with {option} {was}, and now it is {now}; give it as it "
                    "was to go on, or choose another --out."
                )
        return found

    def _check_settings(self, unit: Unit) -> None:
        for record in self.record["records"]:
            if (record["preset"], record["seed"]) != (unit.preset, unit.seed):
                continue
            # A setting that was added since is at its default in what was made before.
            made, wanted = build_config(record["config"]), unit.config(record["method"])
            for name, was, now in _differences(asdict(made), asdict(wanted), unit.preset):
                raise RunError(
                    f"{self.path} was made when {name} was {was}, and now it is {now}; choose "
                    "another --out."
                )


def read_comparison(path: Path) -> dict[str, Any]:
    """The record in a `compare.json`.

    Raises:
        RunError: if there is none, or it is none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(
            f"There is no comparison {path}; onestage compare --out FOLDER writes one."
        ) from error
    except ValueError as error:
        raise RunError(
            f"{path} is not JSON ({error}); delete it, or choose another --out."
        ) from error
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise RunError(
            f"{path} is no comparison that this version of onestage can read; choose another --out."
        )
    return found


def _fixed(plan: Plan) -> dict[str, Any]:
    values = {name: getattr(plan, name) for name in _FIXED}
    return json.loads(json.dumps(values))


def _keys(plan: Plan) -> Iterator[tuple[str, int]]:
    """Rows together, their seeds in order."""
    for preset in plan.presets:
        for seed in range(plan.seeds):
            yield preset, seed


def _differences(was: Any, now: Any, name: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted(was.keys() | now.keys()):
            yield from _differences(was.get(key), now.get(key), f"{name}.{key}")
    elif was != now:
        yield name, was, now
