"""The end of a training run, for its person."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from onestage.apps.gan import GANStep
from onestage.cli._tables import show
from onestage.report import write_report
from onestage.training import Outcome, RunFolder

_SIGNALLED = 128
_METRICS = {
    "fid": "fid",
    "kid": "kid",
    "precision": "precision",
    "recall": "recall",
    "density": "density",
    "coverage": "coverage",
    "smallest_class": "smallest class",
    "confidence": "confidence",
    "num_modes": "modes",
    "good_share": "share of points on a mode",
}


def finish(outcome: Outcome, game: GANStep, run: RunFolder) -> int:
    """Print how a run ended; the exit status."""
    if outcome.signal is not None:
        print(f"Stopped at step {outcome.steps}; go on by: onestage train --resume {run.path}")
        return _SIGNALLED + outcome.signal
    show("Done", {**summarise(outcome, game, run), **_report(run)})
    for warning in (outcome.metrics or {}).get("warnings", ()):
        print(f"onestage: {warning}", file=sys.stderr)
    return 0


def _report(run: RunFolder) -> dict[str, Any]:
    """The page on the run, which is no reason to fail at its end."""
    try:
        write_report((run.path,), run.report)
    except (OSError, ValueError) as error:
        return {"report": f"could not be written: {error}"}
    return {"report": run.report}


def brief(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """What of a metric record a person reads; metrics.jsonl has the whole."""
    shown = {
        heading: metrics[name]
        for name, heading in _METRICS.items()
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
