"""`onestage train`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import torch
from cyclopts import Parameter

from onestage.apps import build_game
from onestage.apps.gan import GANStep
from onestage.cli._answer import Answer
from onestage.cli._errors import SIGNALLED
from onestage.cli._options import MAIN, given
from onestage.cli._paths import check_own_folder, default_run
from onestage.cli._resume import check_unfinished, resumed_config
from onestage.cli._summary import finish, finish_again
from onestage.cli._terminal import Said, Terminal
from onestage.cli._train_options import train_options
from onestage.training import (
    Checkpoint,
    RunFolder,
    SilentReporter,
    StopRequest,
    TensorBoardLog,
    TrainConfig,
    Trainer,
    World,
    build_config,
    check_data,
    joined,
    list_checkpoints,
    load_for_all,
    load_settings,
    locked,
    merge,
    save_config,
    save_data,
)


def train(
    *,
    out: Annotated[Path | None, Parameter(group=MAIN)] = None,
    options: Annotated[Any, Parameter(name="*")] = None,
    config: Annotated[Path | None, Parameter(group=MAIN)] = None,
    resume: Annotated[Path | None, Parameter(group=MAIN)] = None,
    auto_resume: Annotated[bool, Parameter(group=MAIN, negative=(), show_default=False)] = False,
    terminal: Said,
) -> Answer | int:
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

    Examples
    --------
    onestage train
    onestage train --preset lsgan --scale small
    onestage train --data.source photos --image-size 64 --out runs/mine
    onestage train --resume runs/mine --steps 40000
    torchrun --nproc-per-node 2 -m onestage train --data.source photos
    """
    settings = given(options) if options is not None else {}
    if out is not None and auto_resume and list_checkpoints(RunFolder(out).checkpoints):
        resume, out = out, None
    with StopRequest() as stop:
        if resume is None:
            return _train_anew(settings, config, out, stop, terminal, again=auto_resume)
        if not auto_resume:
            check_own_folder(out, config)
        run = RunFolder.open(resume)
        return _train_on(settings, run, stop, terminal, again=auto_resume)


train.__annotations__["options"] = Annotated[train_options(), Parameter(name="*")]


def _train_anew(
    settings: dict[str, Any],
    file: Path | None,
    out: Path | None,
    stop: StopRequest,
    terminal: Terminal,
    *,
    again: bool,
) -> Answer | int:
    config = build_config(merge(load_settings(file) if file else {}, settings))
    with joined(config.device) as world:
        path = Path(world.tell(str(out or _default_path(config))))
        if world.is_first:
            if again:
                RunFolder(path).discard_false_start()
            RunFolder.check_free(path)
        game = _build(config, world)
        if not world.is_first:
            world.tell(None)  # until the folder is there
            return _play(game, RunFolder(path), stop, world, terminal)
        run = RunFolder.create(path, game.config)
        try:
            with locked(path):
                world.tell(None)
                save_data(run, game.task.data)
                return _play(game, run, stop, world, terminal)
        finally:
            run.discard_if_empty()


def _train_on(
    settings: dict[str, Any],
    run: RunFolder,
    stop: StopRequest,
    terminal: Terminal,
    *,
    again: bool,
) -> Answer | int:
    config = resumed_config(run, settings)
    with ExitStack() as stack:
        world = stack.enter_context(joined(config.device))
        if world.is_first:
            stack.enter_context(locked(run.path))
        checkpoint = load_for_all(world, run.checkpoints, terminal.note)
        if again and checkpoint.step >= config.steps:
            # A process that fell after the last step is no reason to fail the command.
            return finish_again(checkpoint, run, terminal) if world.is_first else 0
        check_unfinished(run, config, checkpoint.step)
        game = _build(config, world)
        warnings = check_data(run, game.task.data)
        if world.is_first:
            for line in warnings:
                terminal.warn(line)
            save_config(game.config, run.config_file)
            save_data(run, game.task.data)
        return _play(game, run, stop, world, terminal, checkpoint)


def _build(config: TrainConfig, world: World) -> GANStep:
    if config.threads:
        torch.set_num_threads(config.threads)
    return build_game(config, world)


def _play(
    game: GANStep,
    run: RunFolder,
    stop: StopRequest,
    world: World,
    terminal: Terminal,
    checkpoint: Checkpoint | None = None,
) -> Answer | int:
    """Train from a checkpoint or from the start, and say how it ended."""
    events = None
    if game.config.log == "tensorboard" and world.is_first:
        events = TensorBoardLog(run.events, after=checkpoint.step if checkpoint else 0)
    trainer = Trainer(game, game.config, run, world, events)
    if checkpoint is not None:
        trainer.restore(checkpoint)
    if not world.is_first:
        outcome = trainer.run(stop, SilentReporter())
        return SIGNALLED + outcome.signal if outcome.signal else 0
    reporter = terminal.reporter(game.config.steps, game.count)
    processes = f" by {world.size} processes" if world.size > 1 else ""
    reporter.note(f"{game.config.method} on {game.task.describe()}{processes}, into {run.path}")
    try:
        outcome = trainer.run(stop, reporter)
    finally:
        if events is not None:
            events.close()
    run.explanation_file.write_text(game.explain() + "\n", encoding="utf-8")
    return finish(outcome, game, run, terminal)


def _default_path(config: TrainConfig) -> Path:
    name = config.preset or Path(config.data.source).resolve().name or "images"
    return default_run(name)
