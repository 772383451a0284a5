"""A distillation and its controls, each in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from safetensors.torch import save_file
from torch import nn

from onestage.apps.distillation import (
    DistillationConfig,
    DistillationStep,
    build_distillation,
    build_distillation_config,
    build_teacher,
)
from onestage.data import absolute_source
from onestage.report import write_report
from onestage.training import (
    Outcome,
    Reporter,
    RunError,
    RunFolder,
    StopRequest,
    Trainer,
    build_reporter,
    check_changes,
    checkpoint_step,
    list_checkpoints,
    load_newest,
    locked,
    save_config,
)

_TEACHER, _COMMAND = "teacher.safetensors", "distill"
# What a run may have otherwise than it began: where and how long it is looked at, not what it is.
_FREE = frozenset(
    (
        *("controls", "device", "threads", "log_every", "sample_every", "evaluate_every"),
        *("evaluate_samples", "checkpoint_every", "keep_checkpoints", "max_skipped", "data"),
        *("train_data", "max_bad"),
    )
)


@dataclass(frozen=True)
class Play:
    """One method's run, as it ended or was found.

    Attributes:
        method: its name.
        folder: where it is.
        facts: of the game; empty where the run was complete before.
        outcome: how it ended; None where it was complete before.
        metrics: its last evaluation, or None.
    """

    method: str
    folder: Path
    facts: dict[str, str]
    outcome: Outcome | None
    metrics: dict[str, Any] | None


def start(config: DistillationConfig, path: Path) -> DistillationConfig:
    """Make the folder of a new distillation, with its settings and its teacher.

    Returns:
        The settings with paths that hold anywhere: the run may be gone on with from elsewhere.

    Raises:
        ValueError: if something is there already, or the teacher cannot be had. One line.
    """
    RunFolder.check_free(path)
    train_data = config.train_data and absolute_source(config.train_data)
    config = replace(config, data=absolute_source(config.data), train_data=train_data)
    teacher = build_teacher(config)
    # A run that cannot be built leaves no folder behind.
    for method in (config.method, *config.control_names):
        build_distillation(_alone(config, method), teacher)
    run = RunFolder.create(path, config, _COMMAND)
    save_file({name: x.contiguous() for name, x in teacher.state_dict().items()}, path / _TEACHER)
    shutil.copymode(run.config_file, path / _TEACHER)  # safetensors lets nobody else read
    return config


def resumed(path: Path, settings: dict[str, Any]) -> DistillationConfig:
    """The config of a run to go on with, with what may be changed on the way.

    Raises:
        ValueError: if it is no distillation, or a setting would make it another one.
    """
    run = RunFolder.open(path)
    before = run.settings(DistillationConfig, _COMMAND)
    if not (path / _TEACHER).is_file():
        raise RunError(f"{path} is not the folder of a distillation: it has no {_TEACHER}.")
    old, new = (build_distillation_config({**before, **more}) for more in ({}, settings))
    check_changes(old, new, _FREE, run.config_file)
    return new


def play_all(
    config: DistillationConfig,
    path: Path,
    stop: StopRequest,
    report: Callable[[int, int], Reporter] = build_reporter,
) -> Iterator[Play]:
    """Run the method and then each control, from where each was left; write the report.

    Args:
        config: the settings.
        path: the folder, made by `start`.
        stop: ends it at the next step, with a checkpoint.
        report: gives for a run's steps, all and done, what shows how it goes.

    Raises:
        LockError: if another process is at work in the folder.
    """
    with locked(path):
        save_config(config, RunFolder.open(path).config_file, _COMMAND)
        yield from _play_each(config, path, stop, report)


def _play_each(
    config: DistillationConfig,
    path: Path,
    stop: StopRequest,
    report: Callable[[int, int], Reporter],
) -> Iterator[Play]:
    teacher = build_teacher(replace(config, teacher=str(path / _TEACHER)))
    folders = []
    for method in (config.method, *config.control_names):
        folder = path if method == config.method else path / "controls" / method
        one = _alone(config, method)
        if method != config.method and not folder.exists():
            RunFolder.create(folder, one, _COMMAND)
        play = _play(one, folder, teacher, stop, report)
        folders.append(folder)
        write_report(folders, path / "report.html")
        yield play
        if stop.signal is not None:
            return


def _play(
    config: DistillationConfig,
    path: Path,
    teacher: nn.Module,
    stop: StopRequest,
    report: Callable[[int, int], Reporter],
) -> Play:
    run = RunFolder.open(path)
    found = list_checkpoints(run.checkpoints)
    if found and checkpoint_step(found[-1]) >= config.steps:
        return Play(config.method, path, {}, None, _last_metrics(run))
    step = build_distillation(config, teacher)
    trainer = Trainer(step, step.config, run)
    reporter = report(step.config.steps, checkpoint_step(found[-1]) if found else 0)
    if found:
        trainer.restore(load_newest(run.checkpoints, reporter.note))
    outcome = _train(step, trainer, run, stop, reporter)
    return Play(config.method, path, step.facts(), outcome, outcome.metrics)


def _train(
    step: DistillationStep, trainer: Trainer, run: RunFolder, stop: StopRequest, reporter: Reporter
) -> Outcome:
    networks = f"{step.config.teacher_network} to {step.config.student}"
    reporter.note(f"{step.config.method}: {networks}, into {run.path}")
    outcome = trainer.run(stop, reporter)
    run.explanation_file.write_text(step.explain() + "\n", encoding="utf-8")
    return outcome


def _alone(config: DistillationConfig, method: str) -> DistillationConfig:
    """The settings of one method's run."""
    return replace(config, method=cast(Any, method), controls="")


def _last_metrics(run: RunFolder) -> dict[str, Any] | None:
    measured = [record["metrics"] for record in run.records() if "metrics" in record]
    return measured[-1] if measured else None
