"""Checkpoints: folders that are complete or absent, with nothing in them that runs when read."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from onestage._version import __version__
from onestage.training._files import sync
from onestage.training._step import StepState
from onestage.training._world import World

_FORMAT = 2
_INDEX, _EXTRA, _WEIGHTS = "checkpoint.json", "state.pt", ".safetensors"
_NAME = re.compile(r"step-(\d{7,})")


class CheckpointError(ValueError):
    """A checkpoint that is missing or cannot be used; one line."""


class DamagedError(CheckpointError):
    """A checkpoint whose files are not what was written; one line."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds.

    Attributes:
        step: training steps done when it was written.
        state: the game's.
        loop: the loop's own.
    """

    step: int
    state: StepState
    loop: Mapping[str, Any]


def list_checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints in a folder, oldest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(found, key=checkpoint_step)


def checkpoint_step(path: Path) -> int:
    """The step that a checkpoint's folder is named after."""
    return int(path.name.removeprefix("step-"))


def latest_checkpoint(folder: Path) -> Path:
    """The newest complete checkpoint.

    Raises:
        CheckpointError: if there is none.
    """
    found = list_checkpoints(folder)
    if not found:
        raise CheckpointError(f"There is no checkpoint in {folder}; the run must be started anew.")
    return found[-1]


def load_newest(folder: Path, note: Callable[[str], None]) -> Checkpoint:
    """The newest checkpoint that can be used; damaged ones are set aside and named.

    Args:
        folder: where they are.
        note: is told of each that cannot be used.

    Raises:
        CheckpointError: if there is none, or none can be used. Nothing is started anew in silence.
    """
    return load_checkpoint(find_newest(folder, note))


def load_for_all(world: World, folder: Path, note: Callable[[str], None]) -> Checkpoint:
    """`load_newest` in every process: the first one chooses."""
    path = world.tell(find_newest(folder, note) if world.is_first else None)
    return load_checkpoint(path)


def find_newest(folder: Path, note: Callable[[str], None]) -> Path:
    """Where `load_newest` finds it; arguments and errors as there."""
    latest_checkpoint(folder)
    damaged: list[Path] = []
    for path in reversed(list_checkpoints(folder)):
        try:
            load_checkpoint(path)
        except DamagedError as error:
            note(f"{error} The one before it is used.")
            damaged.append(path)
            continue
        for bad in damaged:
            _set_aside(bad)
        return path
    raise CheckpointError(
        f"None of the {len(damaged)} checkpoints in {folder} can be used: all are damaged. Put one "
        "back from a copy, or start anew in another folder."
    )


def save_checkpoint(folder: Path, checkpoint: Checkpoint, *, keep: int) -> Path:
    """Write a checkpoint below `folder`, then delete all but the newest `keep`.

    It is written under another name, brought to the disk, and renamed: a run that is killed at any
    moment leaves its older checkpoints as they were.

    Raises:
        OSError: if it cannot be written; nothing is left of it, and the older ones are kept.
    """
    target = folder / f"step-{checkpoint.step:07d}"
    temporary = folder / f".{target.name}.tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        _write(temporary, checkpoint)
        if target.exists():
            shutil.rmtree(target)
        temporary.rename(target)
        sync(folder)
    except Exception as error:  # safetensors and torch have their own for a full disk
        shutil.rmtree(temporary, ignore_errors=True)
        raise OSError(str(error) or type(error).__name__) from error
    for old in list_checkpoints(folder)[:-keep]:
        shutil.rmtree(old)
    return target


def load_checkpoint(path: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Read a checkpoint back.

    Args:
        path: its folder.
        device: where the weights go; the rest stays on the CPU.

    Raises:
        CheckpointError: if a file is missing, altered or of another format.
    """
    index = _read_index(path)
    weights = {
        name.removesuffix(_WEIGHTS): load_file(path / name, device=str(device))
        for name in index["files"]
        if name.endswith(_WEIGHTS)
    }
    saved = torch.load(path / _EXTRA, map_location="cpu", weights_only=True)
    return Checkpoint(index["step"], StepState(weights, saved["extra"]), saved["loop"])


def load_weights(path: Path, name: str) -> tuple[int, dict[str, Tensor]]:
    """The step of a checkpoint, and one of its networks' state dicts, on the CPU.

    Raises:
        CheckpointError: as `load_checkpoint`.
    """
    index = _read_index(path)
    if name + _WEIGHTS not in index["files"]:
        raise CheckpointError(f"{path} holds no weights of a network called {name}.")
    return index["step"], load_file(path / (name + _WEIGHTS))


def _write(folder: Path, checkpoint: Checkpoint) -> None:
    for name, weights in checkpoint.state.weights.items():
        # safetensors refuses channels-last tensors.
        plain = {key: value.detach().cpu().contiguous() for key, value in weights.items()}
        save_file(plain, folder / (name + _WEIGHTS))
    extra = {"extra": dict(checkpoint.state.extra), "loop": dict(checkpoint.loop)}
    torch.save(extra, folder / _EXTRA)
    index = {
        "format": _FORMAT,
        "step": checkpoint.step,
        "onestage": __version__,
        "torch": torch.__version__,
        "files": {path.name: _sha256(path) for path in sorted(folder.iterdir())},
    }
    index["sha256"] = _own_sha256(index)
    (folder / _INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
    for path in (*folder.iterdir(), folder):
        sync(path)


def _read_index(path: Path) -> dict[str, Any]:
    """The list of a checkpoint's files, each of which was found unaltered."""
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


def _set_aside(path: Path) -> None:
    """Rename a damaged checkpoint, so that it is neither read again nor counted as one to keep."""
    aside = path.with_name(f"{path.name}.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    with contextlib.suppress(OSError):
        path.rename(aside)


def _own_sha256(index: Mapping[str, Any]) -> str:
    """Of all that an index says, its own hash left out."""
    told = {key: value for key, value in index.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
