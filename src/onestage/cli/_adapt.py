"""`onestage adapt`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import torch
from cyclopts import Group, Parameter

from onestage.apps.adaptation import (
    AdaptationStep,
    AdaptConfig,
    build_adapt_config,
    build_adaptation,
)
from onestage.cli._answer import Answer, facts
from onestage.cli._errors import FAILED
from onestage.cli._options import MAIN, given, options_class, with_default
from onestage.cli._paths import check_own_folder, default_run
from onestage.cli._summary import outcome_record, stopped, write_run_report
from onestage.cli._terminal import Said, Terminal
from onestage.training import (
    Outcome,
    RunError,
    RunFolder,
    Settings,
    StopRequest,
    Trainer,
    check_changes,
    check_data,
    load_newest,
    load_settings,
    locked,
    merge,
    save_config,
    save_data,
)

_COMMAND = "adapt"
_OTHER = Group("Training", sort_key=1)
_MAIN = ("source", "target", "objective", "conditional", "weight", "steps", "seed", "image_size")
# What a run may have otherwise than it began: where it runs and what it tells, not what is learnt.
# Not its length: the rates and the weight are functions of the share of it that is done.
_FREE = frozenset(
    (
        *("device", "threads", "workers", "max_bad", "stop_on_collapse", "log_every"),
        *("sample_every", "evaluate_every", "evaluate_samples", "checkpoint_every"),
        *("keep_checkpoints", "max_skipped"),
    )
)
_METRICS = {
    "source_accuracy": "source accuracy",
    "target_accuracy": "target accuracy",
    "source_only_source_accuracy": "source accuracy, source only",
    "source_only_target_accuracy": "target accuracy, source only",
    "domain_accuracy": "domain accuracy (0.5 is aligned)",
    "classes_predicted": "classes predicted on the target",
}


def adapt(
    *,
    out: Annotated[Path | None, Parameter(group=MAIN)] = None,
    options: Annotated[Any, Parameter(name="*")] = None,
    config: Annotated[Path | None, Parameter(group=MAIN)] = None,
    resume: Annotated[Path | None, Parameter(group=MAIN)] = None,
    terminal: Said,
) -> Answer:
    """Adapt a classifier to images without labels.

    Without options, from digits to striped digits. The target's labels, where its folders have
    any, are used to evaluate and for nothing else. Ctrl-C finishes the step, saves and ends;
    --resume goes on from there.

    Parameters
    ----------
    out
        Folder for the run; it must not exist yet. [default: runs/adapt-TIME]
    config
        YAML file of settings; options given here win over it.
    resume
        Folder of a run to go on with.

    Examples
    --------
    onestage adapt
    onestage adapt --source labelled --target unlabelled --image-size 32
    onestage adapt --objective wasserstein --out runs/critic
    """
    settings = given(options) if options is not None else {}
    with StopRequest() as stop:
        if resume is None:
            return _adapt_anew(settings, config, out, stop, terminal)
        check_own_folder(out, config)
        return _adapt_on(settings, RunFolder.open(resume), stop, terminal)


def _group(cls: type[Settings], name: str) -> Group:
    return MAIN if name in _MAIN else _OTHER


def _help(cls: type[Settings], name: str, text: str) -> str:
    return with_default(text, getattr(cls, name))


_Options = options_class(AdaptConfig, _group, _help)
adapt.__annotations__["options"] = Annotated[_Options, Parameter(name="*")]


def _adapt_anew(
    settings: dict[str, Any],
    file: Path | None,
    out: Path | None,
    stop: StopRequest,
    terminal: Terminal,
) -> Answer:
    given = load_settings(file, AdaptConfig) if file else {}
    config = build_adapt_config(merge(given, settings))
    path = out or default_run("adapt")
    RunFolder.check_free(path)
    game = _build(config)
    run = RunFolder.create(path, game.config, _COMMAND)
    try:
        with locked(path):
            save_data(run, game.domains.data)
            return _run(game, run, Trainer(game, game.config, run), stop, terminal)
    finally:
        run.discard_if_empty()


def _adapt_on(
    settings: dict[str, Any], run: RunFolder, stop: StopRequest, terminal: Terminal
) -> Answer:
    config = _resumed(run, settings)
    with locked(run.path):
        checkpoint = load_newest(run.checkpoints, terminal.note)
        if checkpoint.step >= config.steps:
            raise RunError(f"{run.path} has done its {checkpoint.step} steps; there is no more.")
        game = _build(config)
        for line in check_data(run, game.domains.data):
            terminal.warn(line)
        trainer = Trainer(game, game.config, run)
        trainer.restore(checkpoint)
        save_config(game.config, run.config_file, _COMMAND)
        save_data(run, game.domains.data)
        return _run(game, run, trainer, stop, terminal)


def _resumed(run: RunFolder, settings: Mapping[str, Any]) -> AdaptConfig:
    """The run's own config, with what may be changed on the way."""
    stored = run.settings(AdaptConfig, _COMMAND)
    old, new = build_adapt_config(stored), build_adapt_config(merge(stored, settings))
    check_changes(old, new, _FREE, run.config_file)
    return new


def _build(config: AdaptConfig) -> AdaptationStep:
    if config.threads:
        torch.set_num_threads(config.threads)
    return build_adaptation(config)


def _run(
    game: AdaptationStep, run: RunFolder, trainer: Trainer, stop: StopRequest, terminal: Terminal
) -> Answer:
    game.on_collapse = trainer.stop
    reporter = terminal.reporter(game.config.steps, game.count)
    reporter.note(f"{game.facts()['objective']}: {game.domains.describe()}, into {run.path}")
    outcome = trainer.run(stop, reporter)
    run.explanation_file.write_text(game.explain() + "\n", encoding="utf-8")
    collapsed = trainer.is_stopped and outcome.signal is None
    return _finish(outcome, game, run, terminal, collapsed=collapsed)


def _finish(
    outcome: Outcome, game: AdaptationStep, run: RunFolder, terminal: Terminal, *, collapsed: bool
) -> Answer:
    """How a run ended."""
    record = {**outcome_record(outcome, game.facts(), run), "collapsed": collapsed}
    if outcome.signal is not None:
        return stopped(record, _COMMAND, run.path)
    report = write_run_report(run, terminal)
    record["report"] = report
    rows = {**_summary(outcome, game, run), **({"report": report} if report else {})}
    if collapsed:
        advice = (
            f"The classes fell apart by step {outcome.steps}; try a lower --weight, or use an "
            f"earlier checkpoint of {run.checkpoints}."
        )
        return Answer(record, [facts("Collapsed", rows), advice], FAILED)
    return Answer(record, [facts("Done", rows)])


def _summary(outcome: Outcome, game: AdaptationStep, run: RunFolder) -> dict[str, Any]:
    metrics = outcome.metrics or {}
    how = "{num_source:,} held-out images of the source, {num_target:,} of the target"
    return {
        "steps": outcome.steps,
        "training time": f"{outcome.seconds:.1f} s",
        **game.facts(),
        **{name: metrics[key] for key, name in _METRICS.items() if key in metrics},
        **({"measured on": how.format_map(metrics)} if metrics else {}),
        "features": outcome.grid,
        "checkpoint": outcome.checkpoint,
        "run": run.path,
    }
