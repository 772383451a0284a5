"""What `--resume` accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onestage.training import (
    RunError,
    RunFolder,
    TrainConfig,
    build_config,
    check_changes,
    merge,
)

# What a run may have otherwise than it began: where and how long, not what is learnt.
_FREE = frozenset(
    (
        "steps",
        "device",
        "threads",
        "parallel",
        "memory_format",
        "compile",
        "cuda_graph",
        "log",
        "log_every",
        "sample_every",
        "evaluate_every",
        "evaluate_samples",
        "checkpoint_every",
        "keep_checkpoints",
        "max_skipped",
        "data.source",
        "data.workers",
        "data.max_bad",
    )
)


def resumed_config(run: RunFolder, settings: Mapping[str, Any]) -> TrainConfig:
    """The run's own config, with what may be changed on the way.

    Raises:
        ValueError: for a setting that would make it another run.
    """
    old = build_config(run.settings())
    new = build_config(merge(run.settings(), settings))
    check_changes(old, new, _FREE, run.config_file)
    return new


def check_unfinished(run: RunFolder, config: TrainConfig, done: int) -> None:
    """Raise `RunError` if nothing is left to do after `done` steps."""
    if done >= config.steps:
        raise RunError(
            f"{run.path} has done its {done} steps; give --steps above {done} to make it longer."
        )
