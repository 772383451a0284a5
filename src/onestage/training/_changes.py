"""What a run that goes on may have otherwise than it began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import asdict
from pathlib import Path
from typing import Any

from onestage._convert import ConfigError, option_name
from onestage.training._settings import Settings


def check_changes(old: Settings, new: Settings, free: Set[str], file: Path) -> None:
    """Raise `ConfigError` for a setting that would make it another run.

    Args:
        old: the run's own.
        new: those to go on with, of the same kind.
        free: fields that may change, such as `steps` or `data.workers`.
        file: where the run's own are.
    """
    before = dict(_flat(asdict(old)))
    for name, value in _flat(asdict(new)):
        if value != before[name] and name not in free:
            raise ConfigError(
                f"--{option_name(name)} cannot change from {before[name]} to {value} within a run; "
                f"leave it, or start a new run with --config {file}."
            )


def _flat(settings: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield path + name, value
