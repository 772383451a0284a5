"""Checkpoints: folders that are complete or absent, with nothing in them that runs when read."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from onestage._files import sync
from onestage.training._index import CheckpointError, DamagedError, read_index, write_index
from onestage.training._step import StepState
from onestage.training._world import World

_EXTRA, _WEIGHTS = "state.pt", ".safetensors"
_NAME = re.compile(r"step-(\d{7,})")


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


def load_for_all(
    world: World, folder: Path, note: Callable[[str], None], *, before: int | None = None
) -> Checkpoint:
    """`load_newest` in every process: the first one chooses, among those before a step if asked."""
    path = world.tell(find_newest(folder, note, before=before) if world.is_first else None)
    return load_checkpoint(path)


def find_newest(folder: Path, note: Callable[[str], None], *, before: int | None = None) -> Path:
    """Where `load_newest` finds it; arguments and errors as there and in `load_for_all`."""
    latest_checkpoint(folder)
    damaged: list[Path] = []
    for path in reversed(list_checkpoints(folder)):
        if before is not None and checkpoint_step(path) >= before:
            continue
        try:
            read_index(path)
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


def save_checkpoint(
    folder: Path, checkpoint: Checkpoint, *, keep: int, skipped_from: int | None = None
) -> Path:
    """Write a checkpoint below `folder`, then delete all but it and the newest of the others.

    It is written under another name, brought to the disk, and renamed: a run that is killed at any
    moment leaves its older checkpoints as they were.

    Args:
        folder: where to.
        checkpoint: what is written.
        keep: how many there are to be then, this one included.
        skipped_from: the first of the skipped steps in the middle of which this one is written, if
            it is. Then it takes no place from those before that step, which are good, but from
            those since.

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
    for old in _superfluous(folder, target, keep, skipped_from):
        shutil.rmtree(old)
    return target


def load_loop(path: Path) -> Mapping[str, Any]:
    """The loop's own part of a checkpoint alone.

    Raises:
        CheckpointError: as `load_checkpoint`.
    """
    read_index(path)
    saved = torch.load(path / _EXTRA, map_location="cpu", weights_only=True, mmap=True)
    return saved["loop"]


def load_checkpoint(path: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Read a checkpoint back.

    Args:
        path: its folder.
        device: where the weights go; the rest stays on the CPU.

    Raises:
        CheckpointError: if a file is missing, altered or of another format.
    """
    index = read_index(path)
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
    index = read_index(path)
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
    for path in folder.glob(f"*{_WEIGHTS}"):  # which safetensors keeps from everybody else
        shutil.copymode(folder / _EXTRA, path)
    write_index(folder, checkpoint.step)
    for path in (*folder.iterdir(), folder):
        sync(path)


def _superfluous(folder: Path, new: Path, keep: int, skipped_from: int | None) -> list[Path]:
    """What is to be deleted after `new` was written; arguments as `save_checkpoint`."""
    others = [path for path in list_checkpoints(folder) if path != new]
    if skipped_from is None:
        return others[: len(others) - min(keep - 1, len(others))]
    good = [path for path in others if checkpoint_step(path) < skipped_from]
    return [path for path in others if path not in good[-keep:]]


def _set_aside(path: Path) -> None:
    """Rename a damaged checkpoint, so that it is neither read again nor counted as one to keep."""
    aside = path.with_name(f"{path.name}.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    with contextlib.suppress(OSError):
        path.rename(aside)
