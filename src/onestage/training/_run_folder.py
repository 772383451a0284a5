"""The folder of a run. Nothing in it knows its own place, so it can be moved."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from onestage._convert import ConfigError
from onestage._files import write_text
from onestage.training._config import TrainConfig
from onestage.training._lock import locked
from onestage.training._settings import Settings
from onestage.training._yaml import load_settings, save_config, saved_by

# What a run makes first, and what it may have made before its first checkpoint.
_FIRST = frozenset(("config.yaml", ".config.yaml.tmp"))
_BEGUN = _FIRST | {
    *("metrics.jsonl", ".metrics.jsonl.tmp", "data.json", ".data.json.tmp", ".lock"),
    *("samples", "checkpoints", "tensorboard"),
}


class RunError(ValueError):
    """A run folder that cannot be used; one line."""


class RunFolder:
    """Paths and records of one run.

        config.yaml         every setting, for `onestage train --config`
        data.json           how many images it learns from, and the classes of the labels
        metrics.jsonl       one JSON object per line, each with its step
        strategy.txt        how the generator got its gradient, why, and what that costs
        evaluations.jsonl   what `onestage evaluate` measured
        samples/            grids of images
        checkpoints/        step-0000250/ and so on
        report.html         all of it to be looked at
        tensorboard/        the log for TensorBoard, where it is asked for
        best/               the step whose evaluation had the least fid
        generator*          what `onestage export` wrote

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config_file = path / "config.yaml"
        self.data_file = path / "data.json"
        self.metrics_file = path / "metrics.jsonl"
        self.explanation_file = path / "strategy.txt"
        self.samples = path / "samples"
        self._pending: list[str] = []  # records that are not on the disk
        self.checkpoints = path / "checkpoints"
        self.best = path / "best"
        self.events = path / "tensorboard"
        self.report = path / "report.html"

    @staticmethod
    def check_free(path: Path) -> None:
        """Raise `RunError` if a new run cannot have this folder."""
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise RunError(
                f"{path} exists already and is left as it is; choose another --out, or go on with "
                f"that run by --resume {path}."
            )

    @classmethod
    def create(cls, path: Path, config: Settings, command: str = "train") -> RunFolder:
        """A new run's folder, with its config in it.

        Args:
            path: the folder.
            config: the run's settings.
            command: what made it, as in `save_config`.

        Raises:
            RunError: if something is there already, or the folder cannot be made.
        """
        cls.check_free(path)
        run = cls(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
            save_config(config, run.config_file, command)
            run.samples.mkdir()
            run.checkpoints.mkdir()
            run.metrics_file.touch()
        except OSError as error:
            reason = error.strerror
            raise RunError(f"{path} cannot be made: {reason}; choose another --out.") from error
        return run

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run's folder.

        Raises:
            RunError: if it is not one.
        """
        run = cls(path)
        if not run.config_file.is_file():
            found = "has no config.yaml" if path.is_dir() else "does not exist"
            raise RunError(f"{path} is not the folder of a run: it {found}.")
        return run

    def discard_if_empty(self) -> None:
        """Take the folder away if training did not get as far as to leave anything in it."""
        if any(self.checkpoints.iterdir()) or any(self.samples.iterdir()) or self.records():
            return
        files = (self.config_file, self.data_file, self.metrics_file, self.path / ".lock")
        for file in files:
            file.unlink(missing_ok=True)
        for folder in (self.samples, self.checkpoints, self.path):
            folder.rmdir()

    def discard_false_start(self) -> None:
        """Take away what a run has left that was killed before its first checkpoint, if anything.

        Raises:
            LockError: if that run is at work.
        """
        found = {entry.name for entry in self.path.iterdir()} if self.path.is_dir() else set()
        if found & _FIRST and found <= _BEGUN and not any(self.checkpoints.glob("step-*")):
            with locked(self.path):
                shutil.rmtree(self.path)

    def settings(self, cls: type[Settings] = TrainConfig, command: str = "train") -> dict[str, Any]:
        """The settings that a run of a command was started with.

        Args:
            cls: the command's config.
            command: what made the run, as in `create`.

        Raises:
            RunError: if its config.yaml cannot be used, or is of another command.
        """
        try:
            maker = saved_by(self.config_file)
            if maker in (None, command):  # none is named where a person has changed the file
                return load_settings(self.config_file, cls)
        except ConfigError as error:
            raise RunError(str(error)) from error
        raise RunError(f"{self.path} is a run of onestage {maker}; give one of onestage {command}.")

    def log(self, record: Mapping[str, Any]) -> None:
        """Append a record to metrics.jsonl; what the disk has no room for is kept and tried again.

        A line that could only be written in part is taken back.
        """
        self._pending.append(json.dumps(record) + "\n")
        size = self.metrics_file.stat().st_size
        try:
            with self.metrics_file.open("a", encoding="utf-8") as file:
                file.writelines(self._pending)
        except OSError:
            os.truncate(self.metrics_file, size)
        else:
            self._pending.clear()

    def log_evaluation(self, record: Mapping[str, Any]) -> None:
        """Append a record to evaluations.jsonl."""
        _append(self.path / "evaluations.jsonl", record)

    def records(self) -> list[dict[str, Any]]:
        """All records; a last line that was cut off by a kill is left out."""
        if not self.metrics_file.exists():
            return []
        lines = self.metrics_file.read_text(encoding="utf-8").splitlines()
        return [record for record in map(_parse, lines) if record is not None]

    def truncate(self, step: int) -> None:
        """Forget the records after a step: a run that goes on from there writes them again."""
        self._pending.clear()
        kept = [record for record in self.records() if record["step"] <= step]
        write_text(self.metrics_file, "".join(json.dumps(record) + "\n" for record in kept))


def _append(path: Path, record: Mapping[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


def _parse(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("step"), int) else None
