"""The index of a checkpoint: which files it has, and a hash of each and of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from onestage._version import __version__

_FORMAT = 2
_INDEX = "checkpoint.json"


class CheckpointError(ValueError):
    """A checkpoint that is missing or cannot be used; one line."""


class DamagedError(CheckpointError):
    """A checkpoint whose files are not what was written; one line."""


def write_index(folder: Path, step: int) -> None:
    """Write the index of all files that are in the folder."""
    index = {
        "format": _FORMAT,
        "step": step,
        "onestage": __version__,
        "torch": torch.__version__,
        "files": {path.name: _sha256(path) for path in sorted(folder.iterdir())},
    }
    index["sha256"] = _own_sha256(index)
    (folder / _INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def read_index(path: Path) -> dict[str, Any]:
    """The index of a checkpoint, whose files were all found unaltered.

    Raises:
        DamagedError: if one of them is missing or altered.
        CheckpointError: if it is of another format.
    """
    try:
        index = json.loads((path / _INDEX).read_text(encoding="utf-8"))
        _check_format(path, index)
        altered = [] if index["sha256"] == _own_sha256(index) else [_INDEX]
        # The names are those that were written only if the index is.
        names = {} if altered else index["files"]
        altered += [name for name, sha in names.items() if _sha256(path / name) != sha]
    except CheckpointError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(
            f"The checkpoint {path} is damaged ({type(error).__name__}: {error})."
        ) from error
    if altered:
        raise DamagedError(f"The checkpoint {path} is damaged ({altered[0]} was altered).")
    return index


def _check_format(path: Path, index: dict[str, Any]) -> None:
    """Raise `CheckpointError` for a whole index of another format; the first had no hash."""
    is_whole = index.get("sha256") in (None, _own_sha256(index))
    if is_whole and index["format"] != _FORMAT:
        raise CheckpointError(
            f"The checkpoint {path} has format {index['format']}, this version of onestage "
            f"({__version__}) reads {_FORMAT}; use the version that wrote it."
        )


def _own_sha256(index: Mapping[str, Any]) -> str:
    """Of all that an index says, its own hash left out."""
    told = {key: value for key, value in index.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
