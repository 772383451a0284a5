"""The loop that every game shares."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onestage.training._checkpoint import Checkpoint, CheckpointError, save_checkpoint
from onestage.training._config import TrainConfig
from onestage.training._progress import Reporter
from onestage.training._run_folder import RunFolder
from onestage.training._signals import StopRequest
from onestage.training._step import Step
from onestage.training._window import MetricWindow


class DivergedError(RuntimeError):
    """A loss or a gradient was not finite."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        steps: iterations done in all.
        signal: the signal that stopped it early, or None.
        seconds: time spent in training steps, over all resumptions.
        metrics: the last evaluation's record, or None.
        grid: the last grid of samples, or None.
        checkpoint: the last checkpoint.
    """

    steps: int
    signal: int | None
    seconds: float
    metrics: dict[str, Any] | None
    grid: Path | None
    checkpoint: Path | None


class Trainer:
    """Steps a game until its number of steps, and writes down what comes of it.

    At each multiple of the config's intervals, and at the end, it logs, draws a picture, evaluates
    and saves, in this order: what metrics.jsonl holds up to a checkpoint's step is complete. The
    state with the least `fid` of all evaluations is kept besides.

    Args:
        step: the game.
        config: the settings; only what concerns the loop is read.
        run: where to write.
    """

    def __init__(self, step: Step, config: TrainConfig, run: RunFolder) -> None:
        self._step = step
        self._config = config
        self._run = run
        self._window = MetricWindow()
        self._seconds = 0.0
        self._logged_seconds = 0.0
        self._metrics: dict[str, Any] | None = None
        self._least_fid = math.inf
        self._grid: Path | None = None
        self._checkpoint: Path | None = None

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint: the game, the loop's own state, and the log cut to its step.

        Raises:
            CheckpointError: if it does not fit the game.
        """
        try:
            self._step.load_state(checkpoint.state)
        except (KeyError, RuntimeError, TypeError) as error:
            raise CheckpointError(
                f"The checkpoint of step {checkpoint.step} does not fit the networks of "
                f"{self._run.config_file}; put back the config.yaml that it was trained with."
            ) from error
        self._window.load_state_dict(checkpoint.loop["window"])
        self._seconds = checkpoint.loop["seconds"]
        self._logged_seconds = checkpoint.loop["logged_seconds"]
        self._least_fid = checkpoint.loop["least_fid"]
        self._run.truncate(checkpoint.step)

    def run(self, stop: StopRequest, reporter: Reporter) -> Outcome:
        """Train until done, or until a stop is requested; then save.

        Args:
            stop: looked at after each step.
            reporter: what the person sees.

        Raises:
            DivergedError: if a loss or gradient is not finite; the checkpoints before stay.
        """
        with reporter:
            while self._step.count < self._config.steps and stop.signal is None:
                for record in self._advance():
                    reporter.record(record)
                reporter.advance(self._step.count)
            if stop.signal is not None and not self._is_due(self._config.checkpoint_every):
                self._save()
        return Outcome(
            steps=self._step.count,
            signal=stop.signal,
            seconds=self._seconds,
            metrics=self._metrics,
            grid=self._grid,
            checkpoint=self._checkpoint,
        )

    def _advance(self) -> Iterator[dict[str, Any]]:
        """One step and what is due after it; yields the records that went to the log."""
        began = time.perf_counter()
        self._window.add(self._step.step())
        if self._is_due(self._config.log_every):
            yield self._log(began)
        else:
            self._seconds += time.perf_counter() - began
        if self._is_due(self._config.sample_every):
            self._grid = self._run.samples / f"step-{self._step.count:07d}.png"
            self._step.draw(self._grid)
        if self._config.evaluate_samples and self._is_due(self._config.evaluate_every):
            yield from self._evaluate()
        if self._is_due(self._config.checkpoint_every):
            self._save()

    def _log(self, began: float) -> dict[str, Any]:
        num_steps = len(self._window)
        self._check_finite()  # waits for the device, so it belongs to the steps' time
        means = self._window.flush()
        means.pop("finite", None)
        self._seconds += time.perf_counter() - began
        elapsed = max(self._seconds - self._logged_seconds, 1e-9)  # a clock may stand still
        self._logged_seconds = self._seconds
        return self._record(**means, images_per_second=num_steps * self._step.batch_size / elapsed)

    def _check_finite(self) -> None:
        if not self._window.all_finite():
            raise DivergedError(
                f"A loss or gradient was not finite within the {len(self._window)} steps up to "
                f"{self._step.count}; lower the learning rates, or raise --penalties.r1."
            )

    def _is_due(self, every: int) -> bool:
        count = self._step.count
        return count == self._config.steps or (every > 0 and count % every == 0)

    def _evaluate(self) -> Iterator[dict[str, Any]]:
        self._metrics = self._step.evaluate()
        if self._metrics is not None:
            yield self._record(metrics=self._metrics)
            fid = self._metrics.get("fid", math.inf)
            if fid < self._least_fid:
                self._least_fid = fid
                save_checkpoint(self._run.best, self._snapshot(), keep=1)

    def _record(self, **values: Any) -> dict[str, Any]:
        record = {"step": self._step.count, **values, "seconds": round(self._seconds, 3)}
        self._run.log(record)
        return record

    def _save(self) -> None:
        self._check_finite()  # a checkpoint of NaNs would push out those one can go back to
        self._checkpoint = save_checkpoint(
            self._run.checkpoints, self._snapshot(), keep=self._config.keep_checkpoints
        )

    def _snapshot(self) -> Checkpoint:
        loop = {
            "window": self._window.state_dict(),
            "seconds": self._seconds,
            "logged_seconds": self._logged_seconds,
            "least_fid": self._least_fid,
        }
        return Checkpoint(self._step.count, self._step.state(), loop)
