"""`onestage train`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import torch
from cyclopts import Parameter

from onestage.apps import build_game
from onestage.apps.gan import GANStep
from onestage.cli._options import MAIN, given, options_class
from onestage.cli._resume import check_unfinished, resumed_config
from onestage.cli._summary import finish
from onestage.training import (
    ConfigError,
    RunFolder,
    StopRequest,
    TrainConfig,
    Trainer,
    build_config,
    build_reporter,
    load_newest,
    load_settings,
    locked,
    merge,
    save_config,
)


def train(
    *,
    out: Annotated[Path | None, Parameter(group=MAIN)] = None,
    options: Annotated[Any, Parameter(name="*")] = None,
    config: Annotated[Path | None, Parameter(group=MAIN)] = None,
    resume: Annotated[Path | None, Parameter(group=MAIN)] = None,
) -> int:
    """Train a GAN; without options, of handwritten digits.

    Ctrl-C finishes the step, saves and ends; --resume goes on from there.

    Parameters
    ----------
    out
        Folder for the run; it must not exist yet. [default: runs/SOURCE-TIME]
    config
        YAML file of settings; options given here win over it.
    resume
        Folder of a run to go on with; a larger --steps makes it longer.
    """
    settings = given(options) if options is not None else {}
    with StopRequest() as stop:
        if resume is None:
            return _train_anew(settings, config, out, stop)
        if out is not None or config is not None:
            raise ConfigError("--resume goes on in the run's own folder; leave --out and --config.")
        return _train_on(settings, RunFolder.open(resume), stop)


train.__annotations__["options"] = Annotated[options_class(), Parameter(name="*")]


def _train_anew(
    settings: dict[str, Any], file: Path | None, out: Path | None, stop: StopRequest
) -> int:
    config = build_config(merge(load_settings(file) if file else {}, settings))
    path = out or _default_path(config)
    RunFolder.check_free(path)
    game = _build(config)
    run = RunFolder.create(path, game.config)
    try:
        with locked(path):
            return _run(game, run, _build_trainer(game, run), stop)
    finally:
        run.discard_if_empty()


def _train_on(settings: dict[str, Any], run: RunFolder, stop: StopRequest) -> int:
    with locked(run.path):
        config = resumed_config(run, settings)
        checkpoint = load_newest(run.checkpoints, print)
        check_unfinished(run, config, checkpoint.step)
        game = _build(config)
        trainer = _build_trainer(game, run)
        trainer.restore(checkpoint)
        save_config(game.config, run.config_file)
        return _run(game, run, trainer, stop)


def _build(config: TrainConfig) -> GANStep:
    if config.threads:
        torch.set_num_threads(config.threads)
    return build_game(config)


def _build_trainer(game: GANStep, run: RunFolder) -> Trainer:
    return Trainer(game, game.config, run)


def _run(game: GANStep, run: RunFolder, trainer: Trainer, stop: StopRequest) -> int:
    reporter = build_reporter(game.config.steps, game.count)
    reporter.note(f"{game.config.method} on {game.task.describe()}")
    outcome = trainer.run(stop, reporter)
    run.explanation_file.write_text(game.explain() + "\n", encoding="utf-8")
    return finish(outcome, game, run)


def _default_path(config: TrainConfig) -> Path:
    name = config.preset or Path(config.data.source).resolve().name or "images"
    return Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
