"""Run folders as training leaves them, without the training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

SETTINGS: dict[str, Any] = {
    "preset": "lsgan",
    "method": "one-stage",
    "loss": "least_squares",
    "networks": "dcgan",
    "batch_size": 64,
    "seed": 0,
    "data": {"source": "digits"},
    "generator": {"learning_rate": 0.001, "decay_steps": []},
}
HOW = {
    "num_samples": 2000,
    "num_reference": 1797,
    "reference": "digits",
    "feature_network": "digits-classifier",
}
STRATEGY = "strategy: ratio (PerSampleRatio)\nwhy:      D gives one logit per sample.\n"


def log_of(num_records: int, every: int = 50) -> list[dict[str, Any]]:
    """What a run of one stage logs."""
    return [
        {
            "step": every * i,
            "discriminator_loss": 1 / i,
            "generator_loss": 0.5,
            "real_score": 0.9,
            "fake_score": 0.1,
            "ratio_q05": 0.01,
            "ratio_q50": 1.0,
            "ratio_q95": 100.0,
            "floor_share": 0.25,
            "seconds": float(i),
        }
        for i in range(1, num_records + 1)
    ]


def evaluation(step: int, fid: float, **others: Any) -> dict[str, Any]:
    """A record of metrics in the log."""
    return {"step": step, "metrics": {"fid": fid, "precision": 0.5, **HOW, **others}}


def write_run(
    path: Path,
    settings: dict[str, Any] | None = None,
    records: list[dict[str, Any]] | None = None,
    pictures: tuple[int, ...] = (100, 200, 300),
    strategy: str = STRATEGY,
) -> Path:
    """A run's folder."""
    (path / "samples").mkdir(parents=True)
    (path / "config.yaml").write_text(yaml.safe_dump(SETTINGS | (settings or {}), sort_keys=False))
    records = [*log_of(6), evaluation(300, 5.5)] if records is None else records
    (path / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    (path / "strategy.txt").write_text(strategy)
    for step in pictures:
        picture = Image.new("L", (68, 68), step % 256)
        picture.save(path / "samples" / f"step-{step:07d}.png")
    return path
