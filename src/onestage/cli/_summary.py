"""The end of a training run, for its person."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from onestage.apps.gan import GANStep
from onestage.cli._answer import Answer, facts
from onestage.cli._errors import SIGNALLED
from onestage.cli._terminal import Terminal
from onestage.metrics import FIGURES
from onestage.report import write_report
from onestage.training import Checkpoint, Outcome, RunFolder, latest_checkpoint

_HEADINGS = {"num_modes": "modes", "good_share": "share of points on a mode"}


def finish(outcome: Outcome, game: GANStep, run: RunFolder, terminal: Terminal) -> Answer:
    """How a run ended, and what can be done with it."""
    record = outcome_record(outcome, game.facts(), run)
    if outcome.signal is not None:
        return stopped(record, "train", run.path)
    report = write_run_report(run, terminal)
    for warning in (outcome.metrics or {}).get("warnings", ()):
        terminal.warn(warning)
    rows = {**summarise(outcome, game, run), **({"report": report} if report else {})}
    return Answer({**record, "report": report}, [facts("Done", rows), _next(run.path)])


def finish_again(checkpoint: Checkpoint, run: RunFolder, terminal: Terminal) -> Answer:
    """The answer of a run that was done already; it may not have got to write its page."""
    steps, newest = checkpoint.step, latest_checkpoint(run.checkpoints)
    outcome = Outcome(steps, None, checkpoint.loop["seconds"], None, None, newest)
    report = run.report if run.report.exists() else write_run_report(run, terminal)
    text = f"{run.path} has done its {steps} steps; nothing is left to do."
    record = {**outcome_record(outcome, {}, run), "report": report}
    return Answer(record, [text, _next(run.path)])


def stopped(record: Mapping[str, Any], command: str, path: Path) -> Answer:
    """The answer of a run that a signal stopped."""
    how = f"go on by: onestage {command} --resume {shlex.quote(str(path))}"
    text = f"Stopped at step {record['steps']}; {how}"
    return Answer(record, [text], SIGNALLED + record["signal"])


def outcome_record(outcome: Outcome, told: Mapping[str, str], run: RunFolder) -> dict[str, Any]:
    """How a run ended, for a program."""
    return {
        "run": run.path,
        "steps": outcome.steps,
        "signal": outcome.signal,
        "seconds": outcome.seconds,
        **told,
        "metrics": outcome.metrics,
        "samples": outcome.grid,
        "checkpoint": outcome.checkpoint,
    }


def _next(path: Path) -> str:
    run = shlex.quote(str(path))
    return (
        f"See more: onestage sample {run}\n"
        f"Measure: onestage evaluate {run}\n"
        f"Go on: onestage train --resume {run} --steps N"
    )


def write_run_report(run: RunFolder, terminal: Terminal) -> Path | None:
    """The page on the run, which is no reason to fail at its end."""
    try:
        write_report((run.path,), run.report)
    except (OSError, ValueError) as error:
        terminal.warn(f"The report could not be written: {error}")
        return None
    return run.report


def brief(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What of a metric record a person reads; metrics.jsonl has the whole."""
    shown = {
        _HEADINGS.get(name, name.replace("_", " ")): metrics[name]
        for name in FIGURES
        if metrics.get(name) is not None
    }
    how = "{num_samples:,} samples, features {feature_network}, against {num_reference:,} of "
    return {**shown, "measured on": (how + "{reference}").format_map(metrics)}


def summarise(outcome: Outcome, game: GANStep, run: RunFolder) -> dict[str, Any]:
    """Metrics, speed, strategy and paths by name."""
    seconds = max(outcome.seconds, 1e-9)
    return {
        "steps": outcome.steps,
        "training time": f"{seconds:.1f} s",
        "speed": f"{outcome.steps / seconds:.2f} steps/s, "
        f"{outcome.steps * game.batch_size / seconds:,.0f} images/s",
        **game.facts(),
        **(brief(outcome.metrics) if outcome.metrics else {}),
        "samples": outcome.grid,
        "checkpoint": outcome.checkpoint,
        "run": run.path,
    }
