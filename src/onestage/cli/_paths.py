"""Paths that a command writes to."""

from __future__ import annotations

from pathlib import Path

from onestage.training import RunError


def check_free(out: Path) -> None:
    """Raise `RunError` if a file is there already, or could not be written there."""
    if out.exists():
        raise RunError(f"{out} exists already and is left as it is; choose another --out.")
    check_parent(out)


def check_parent(out: Path) -> None:
    """Raise `RunError` if there is no folder to write a file to."""
    if not out.parent.is_dir():
        raise RunError(f"There is no folder {out.parent} to write {out.name} to; make it first.")
