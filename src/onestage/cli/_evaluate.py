"""`onestage evaluate`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from onestage.apps.image_gan import evaluate_generator, load_generator
from onestage.cli._options import strict
from onestage.cli._summary import brief
from onestage.cli._tables import show
from onestage.data import build_source
from onestage.metrics import Evaluator
from onestage.training import ConfigError, RunFolder


def evaluate(
    run: Path,
    /,
    *,
    samples: Annotated[int, Parameter(converter=strict)] = 2000,
) -> None:
    """Measure the images that a trained run makes.

    The record is added to the run's evaluations.jsonl and printed: as a table on a terminal, as
    one line of JSON elsewhere.

    Parameters
    ----------
    run
        Folder of the run; its newest checkpoint's averaged generator is used.
    samples
        Number of images to make.
    """
    if samples < 2:
        raise ConfigError(f"--samples is {samples}: it must be at least 2.")
    folder = RunFolder.open(run)
    generator, config, step = load_generator(folder)
    source = build_source(
        config.data.source, image_size=config.image_size, channels=config.data.channels
    )
    metrics = evaluate_generator(
        generator, Evaluator(source), num_samples=samples, seed=config.seed
    )
    record = {"step": step, **metrics}
    folder.log_evaluation(record)
    if sys.stdout.isatty():
        show(f"{run} at step {step}", brief(metrics))
    else:
        print(json.dumps(record))
