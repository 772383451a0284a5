"""Paths that a command writes to, or goes on in."""

from __future__ import annotations

import time
from pathlib import Path

from onestage.training import ConfigError, RunError


def default_run(name: str) -> Path:
    """The folder of a new run where none is named."""
    return Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"


def check_own_folder(out: Path | None, config: Path | None) -> None:
    """Raise `ConfigError` if a run that is gone on with is to have another folder or file."""
    if out is not None or config is not None:
        raise ConfigError("--resume goes on in the run's own folder; leave --out and --config.")


def check_free(out: Path) -> None:
    """Raise `RunError` if a file is there already, or could not be written there."""
    if out.exists():
        raise RunError(f"{out} exists already and is left as it is; choose another --out.")
    check_parent(out)


def check_picture(out: Path) -> None:
    """Raise `RunError` if a new PNG file could not be written there under this name."""
    if out.suffix.lower() != ".png":
        raise RunError(f"--out is {out}: pictures are PNG files; give a name that ends in .png.")
    check_free(out)


def check_parent(out: Path) -> None:
    """Raise `RunError` if there is no folder to write a file to."""
    if not out.parent.is_dir():
        raise RunError(f"There is no folder {out.parent} to write {out.name} to; make it first.")
