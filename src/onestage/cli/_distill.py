"""`onestage distill`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import torch
from cyclopts import Group, Parameter

from onestage.apps.distillation import (
    PRESETS,
    DistillationConfig,
    build_distillation_config,
)
from onestage.cli._answer import Answer, Block, facts
from onestage.cli._distill_runs import Play, play_all, resumed, start
from onestage.cli._errors import SIGNALLED
from onestage.cli._options import MAIN, given, options_class, with_default
from onestage.cli._paths import check_own_folder, default_run
from onestage.cli._terminal import Said, Terminal
from onestage.training import Settings, StopRequest, load_settings

_OTHER = Group("Distillation", sort_key=1)
_SHORT = (
    *("preset", "teacher", "student", "data", "method", "controls", "steps", "student_steps"),
    *("discrepancy", "seed", "device"),
)
_SHOWN = ("accuracy", "teacher_accuracy", "agreement", "diversity", "class_balance")


def distill(
    *,
    out: Annotated[Path | None, Parameter(group=MAIN)] = None,
    options: Annotated[Any, Parameter(name="*")] = None,
    config: Annotated[Path | None, Parameter(group=MAIN)] = None,
    resume: Annotated[Path | None, Parameter(group=MAIN)] = None,
    terminal: Said,
) -> Answer:
    """Distil a teacher into a student without data.

    Without options, a teacher of handwritten digits. Ctrl-C finishes the step, saves and ends;
    --resume goes on from there, controls and all.

    Parameters
    ----------
    out
        Folder for the run; it must not exist yet. [default: runs/distill-PRESET-TIME]
    config
        YAML file of settings; options given here win over it.
    resume
        Folder of a run to go on with; more --controls may be named.

    Examples
    --------
    onestage distill
    onestage distill --controls noise,two-stage-tuned --out runs/digits
    onestage distill --resume runs/digits --controls data
    """
    settings = given(options) if options is not None else {}
    with StopRequest() as stop:
        if resume is not None:
            check_own_folder(out, config)
            return _run(resumed(resume, settings), resume, stop, terminal)
        base = load_settings(config, DistillationConfig) if config else {}
        built = build_distillation_config({**base, **settings})
        path = out or default_run(f"distill-{built.preset}")
        _set_threads(built)
        return _run(start(built, path), path, stop, terminal)


def _run(config: DistillationConfig, path: Path, stop: StopRequest, terminal: Terminal) -> Answer:
    _set_threads(config)
    plays = list(play_all(config, path, stop, terminal.reporter))
    record = {
        "run": path,
        "signal": stop.signal,
        "report": path / "report.html",
        "methods": [_record(play) for play in plays],
    }
    if stop.signal is not None:
        how = f"go on by: onestage distill --resume {shlex.quote(str(path))}"
        return Answer(record, [f"Stopped; {how}"], SIGNALLED + stop.signal)
    blocks: list[Block | str] = [facts(play.method, _summary(play)) for play in plays]
    if len(plays) > 1:
        blocks.append(facts("Accuracy", {play.method: _accuracy(play) for play in plays}))
    return Answer(record, [*blocks, f"Report: {path / 'report.html'}"])


def _record(play: Play) -> dict[str, Any]:
    outcome = play.outcome
    return {
        "method": play.method,
        "run": play.folder,
        **play.facts,
        "seconds": None if outcome is None else outcome.seconds,
        "metrics": play.metrics,
    }


def _summary(play: Play) -> dict[str, Any]:
    metrics = play.metrics or {}
    seconds = {} if play.outcome is None else {"training time": f"{play.outcome.seconds:.1f} s"}
    return {
        **{name.replace("_", " "): metrics[name] for name in _SHOWN if name in metrics},
        **seconds,
        **play.facts,
        "run": play.folder,
    }


def _accuracy(play: Play) -> str:
    metrics = play.metrics
    return "not measured" if metrics is None else f"{metrics['accuracy']:.3f}"


def _set_threads(config: DistillationConfig) -> None:
    if config.threads:
        torch.set_num_threads(config.threads)


def _group(cls: type[Settings], name: str) -> Group:
    return MAIN if name in _SHORT else _OTHER


def _help(cls: type[Settings], name: str, text: str) -> str:
    """With the field's own default, or that of the preset digits."""
    return with_default(text, PRESETS["digits"].get(name, getattr(cls, name, None)))


_Options = options_class(DistillationConfig, _group, _help)
distill.__annotations__["options"] = Annotated[_Options, Parameter(name="*")]
