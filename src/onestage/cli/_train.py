"""`onestage train`."""

from __future__ import annotations

import time
from contextlib import ExitStack
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
    Checkpoint,
    ConfigError,
    RunFolder,
    SilentReporter,
    StopRequest,
    TensorBoardLog,
    TrainConfig,
    Trainer,
    World,
    build_config,
    build_reporter,
    joined,
    list_checkpoints,
    load_for_all,
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
    auto_resume: Annotated[bool, Parameter(group=MAIN, negative=())] = False,
) -> int:
    """Train a GAN; without options, of handwritten digits.

    Ctrl-C finishes the step, saves and ends; --resume goes on from there. Under torchrun all
    processes train one model, --batch-size being that of all together.

    Parameters
    ----------
    out
        Folder for the run; it must not exist yet. [default: runs/SOURCE-TIME]
    config
        YAML file of settings; options given here win over it.
    resume
        Folder of a run to go on with; a larger --steps makes it longer.
    auto_resume
        Go on in --out if it has a checkpoint, else begin there: for schedulers that run the same
        command again, such as torchrun --max-restarts.
    """
    settings = given(options) if options is not None else {}
    if out is not None and auto_resume and list_checkpoints(RunFolder(out).checkpoints):
        resume, out = out, None
    with StopRequest() as stop:
        if resume is None:
            return _train_anew(settings, config, out, stop)
        if (out is not None or config is not None) and not auto_resume:
            raise ConfigError("--resume goes on in the run's own folder; leave --out and --config.")
        return _train_on(settings, RunFolder.open(resume), stop)


train.__annotations__["options"] = Annotated[options_class(), Parameter(name="*")]


def _train_anew(
    settings: dict[str, Any], file: Path | None, out: Path | None, stop: StopRequest
) -> int:
    config = build_config(merge(load_settings(file) if file else {}, settings))
    with joined(config.device) as world:
        path = Path(world.tell(str(out or _default_path(config))))
        if world.is_first:
            RunFolder.check_free(path)
        game = _build(config, world)
        if not world.is_first:
            world.tell(None)  # until the folder is there
            return _play(game, RunFolder(path), stop, world)
        run = RunFolder.create(path, game.config)
        try:
            with locked(path):
                world.tell(None)
                return _play(game, run, stop, world)
        finally:
            run.discard_if_empty()


def _train_on(settings: dict[str, Any], run: RunFolder, stop: StopRequest) -> int:
    config = resumed_config(run, settings)
    with ExitStack() as stack:
        world = stack.enter_context(joined(config.device))
        if world.is_first:
            stack.enter_context(locked(run.path))
        checkpoint = load_for_all(world, run.checkpoints, print)
        check_unfinished(run, config, checkpoint.step)
        game = _build(config, world)
        if world.is_first:
            save_config(game.config, run.config_file)
        return _play(game, run, stop, world, checkpoint)


def _build(config: TrainConfig, world: World) -> GANStep:
    if config.threads:
        torch.set_num_threads(config.threads)
    return build_game(config, world)


def _play(
    game: GANStep,
    run: RunFolder,
    stop: StopRequest,
    world: World,
    checkpoint: Checkpoint | None = None,
) -> int:
    """Train from a checkpoint or from the start, and say how it ended."""
    events = None
    if game.config.log == "tensorboard" and world.is_first:
        events = TensorBoardLog(run.events, after=checkpoint.step if checkpoint else 0)
    trainer = Trainer(game, game.config, run, world, events)
    if checkpoint is not None:
        trainer.restore(checkpoint)
    if not world.is_first:
        outcome = trainer.run(stop, SilentReporter())
        return 128 + outcome.signal if outcome.signal else 0
    reporter = build_reporter(game.config.steps, game.count)
    processes = f" by {world.size} processes" if world.size > 1 else ""
    reporter.note(f"{game.config.method} on {game.task.describe()}{processes}")
    try:
        outcome = trainer.run(stop, reporter)
    finally:
        if events is not None:
            events.close()
    run.explanation_file.write_text(game.explain() + "\n", encoding="utf-8")
    return finish(outcome, game, run)


def _default_path(config: TrainConfig) -> Path:
    name = config.preset or Path(config.data.source).resolve().name or "images"
    return Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"
