"""The loop that every game shares."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from onestage.training._best import keep_best
from onestage.training._checkpoint import (
    Checkpoint,
    checkpoint_step,
    list_checkpoints,
    load_for_all,
)
from onestage.training._evaluation import evaluate_for_all
from onestage.training._faults import Faults
from onestage.training._index import CheckpointError
from onestage.training._loop_config import LoopConfig
from onestage.training._outcome import DivergedError, Outcome
from onestage.training._progress import Reporter
from onestage.training._run_folder import RunFolder
from onestage.training._saving import Saver
from onestage.training._signals import StopRequest
from onestage.training._step import Step
from onestage.training._tensorboard import TensorBoardLog
from onestage.training._window import MetricWindow
from onestage.training._world import World


class Trainer:
    """Steps a game until its number of steps, and writes down what comes of it.

    At each multiple of the config's intervals, and at the end, it logs, draws a picture, evaluates
    and saves, in this order: what metrics.jsonl holds up to a checkpoint's step is complete. The
    state with the least `fid` of all evaluations is kept besides. Where an evaluation fails, the
    step is saved before the run ends, and one that goes on from there makes it up first.

    Args:
        step: the game.
        config: the settings that concern the loop.
        run: where to write; the first process alone does.
        world: the processes that step the same game.
        events: where the log goes besides, or None.

    Attributes:
        is_stopped: whether `stop` was called.
    """

    def __init__(
        self,
        step: Step,
        config: LoopConfig,
        run: RunFolder,
        world: World | None = None,
        events: TensorBoardLog | None = None,
    ) -> None:
        self._step = step
        self._config = config
        self._run = run
        self._world = world or World()
        self._events = events
        self._window = MetricWindow()
        self._seconds = 0.0
        self._logged_seconds = 0.0
        self._metrics: dict[str, Any] | None = None
        self._least_fid = math.inf
        self._owes_evaluation = False
        self._grid: Path | None = None
        self.is_stopped = False
        self._faults = Faults(config.max_skipped)
        self._saver = Saver(
            run, config.keep_checkpoints, self._world, self._snapshot, self._skipped_from
        )

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
        self._faults.load_state_dict(checkpoint.loop, checkpoint.step - len(self._window))
        self._seconds = checkpoint.loop["seconds"]
        self._logged_seconds = checkpoint.loop["logged_seconds"]
        # What is kept may be better than what this checkpoint knew of.
        best = keep_best(self._run.best) if self._world.is_first else math.inf
        self._least_fid = self._world.tell(best)
        self._owes_evaluation = checkpoint.loop.get("owes_evaluation", False)
        if self._world.is_first:
            self._run.truncate(checkpoint.step)

    def stop(self) -> None:
        """End the run after the step under way, saved; every process calls it at the same step."""
        self.is_stopped = True

    def run(self, stop: StopRequest, reporter: Reporter) -> Outcome:
        """Train until done, or until a stop is requested; then save.

        Where too many steps in a row were skipped since something was not finite, the run goes
        back to the last checkpoint before them, once, and draws other noise. Where the disk is
        full, it goes on and tries again.

        Args:
            stop: looked at after each step.
            reporter: what the person sees.

        Raises:
            DivergedError: if that happens again, or before the first checkpoint.
            OSError: if the last checkpoint cannot be written.
            Exception: whatever an evaluation raises, after the step was saved.
        """
        with reporter:
            signal = 0
            self._tell(reporter)
            if self._owes_evaluation and self._config.evaluate_samples:
                self._show(self._evaluate(reporter), reporter)
                self._saver.save(reporter)  # it is owed no more
            while self._step.count < self._config.steps and not (signal or self.is_stopped):
                self._show(self._advance(reporter), reporter)
                reporter.advance(self._step.count)
                if self._faults.too_many:
                    self._go_back(reporter)
                signal = self._asked_to_stop(stop)
            due = self._is_due(self._config.checkpoint_every)
            if (signal or self.is_stopped) and not due:
                self._saver.save(reporter)
            if self._saver.failed and self._world.is_first:
                raise OSError(
                    f"the last checkpoint of {self._run.path} could not be written; make room, and "
                    f"go on by --resume {self._run.path}"
                )
        return Outcome(
            steps=self._step.count,
            signal=signal or None,
            seconds=self._seconds,
            metrics=self._metrics,
            grid=self._grid,
            checkpoint=self._saver.newest,
        )

    def _show(self, records: Iterator[dict[str, Any]], reporter: Reporter) -> None:
        for record in records:
            reporter.record(record)
            self._tell(reporter)

    def _tell(self, reporter: Reporter) -> None:
        for note in self._step.notes():
            reporter.note(note)

    def _asked_to_stop(self, stop: StopRequest) -> int:
        """The signal that any process was sent, or 0; several agree where they log anyway."""
        if self._world.size > 1 and not self._is_due(self._config.log_every):
            return 0
        return self._world.most(stop.signal or 0)

    def _advance(self, reporter: Reporter) -> Iterator[dict[str, Any]]:
        """One step and what is due after it; yields the records that went to the log."""
        began = time.perf_counter()
        self._window.add(self._step.step())
        if self._is_due(self._config.log_every):
            yield self._log(began)
        else:
            self._seconds += time.perf_counter() - began
        if self._is_due(self._config.sample_every):
            self._draw(reporter)
        if self._config.evaluate_samples and self._is_due(self._config.evaluate_every):
            yield from self._evaluate(reporter)
        retry = self._saver.failed and self._is_due(self._config.log_every)
        if retry or self._is_due(self._config.checkpoint_every):
            self._saver.save(reporter)

    def _log(self, began: float) -> dict[str, Any]:
        num_steps = len(self._window)
        # Waits for the device, so it belongs to the steps' time.
        skipped = self._faults.count(self._window.flags(), self._step.count)
        found = self._world.mean(self._window.flush()).items()
        means: dict[str, Any] = {name: mean for name, mean in found if math.isfinite(mean)}
        if skipped:
            means["skipped"] = skipped
        self._seconds += time.perf_counter() - began
        elapsed = max(self._seconds - self._logged_seconds, 1e-9)  # a clock may stand still
        self._logged_seconds = self._seconds
        return self._record(**means, images_per_second=num_steps * self._step.batch_size / elapsed)

    def _go_back(self, reporter: Reporter) -> None:
        """To the last checkpoint before the steps that were skipped, once; other noise from there.

        Raises:
            DivergedError: if that has been done, or there is none.
        """
        first, returns = self._faults.first, self._faults.returns + 1
        assert first is not None
        found = f"Nothing was finite from step {first} on"
        good = [p for p in list_checkpoints(self._run.checkpoints) if checkpoint_step(p) < first]
        if self._faults.gone_back or not good:
            raise DivergedError(
                f"{found}; the first such value is {self._step.diagnose()}. Lower the learning "
                "rates, or hold D by a penalty; what was saved before stays."
            )
        checkpoint = load_for_all(self._world, self._run.checkpoints, reporter.note, before=first)
        reporter.note(f"{found}; going back to step {checkpoint.step}, once.")
        self._saver.forget_after(checkpoint.step)
        self.restore(checkpoint)
        self._faults.go_back(returns)
        self._step.draw_anew(returns)
        self._saver.save(reporter)  # a run that goes on shall not repeat what was not finite

    def _is_due(self, every: int) -> bool:
        count = self._step.count
        return count == self._config.steps or (every > 0 and count % every == 0)

    def _draw(self, reporter: Reporter) -> None:
        path = self._run.samples / f"step-{self._step.count:07d}.png"
        try:
            self._step.draw(path)
            self._grid = path
            if self._events is not None:
                self._events.show(path, self._step.count)
        except OSError as error:
            reporter.note(f"The picture of step {self._step.count} is missing: {error}.")

    def _evaluate(self, reporter: Reporter) -> Iterator[dict[str, Any]]:
        self._metrics, failure = evaluate_for_all(self._step, self._world)
        self._owes_evaluation = failure is not None
        if failure is not None:
            self._saver.save(reporter)
            reporter.note(
                f"The evaluation of step {self._step.count} failed. The step is saved; a resumed "
                "run evaluates it first, or goes on without by --evaluate-samples 0."
            )
            raise failure
        if self._metrics is not None:
            yield self._record(metrics=self._metrics)
        fid = self._world.tell((self._metrics or {}).get("fid", math.inf))
        if fid < self._least_fid:
            before, self._least_fid = self._least_fid, fid  # which is written with it
            if not self._saver.save_best(reporter):
                self._least_fid = before

    def _record(self, **values: Any) -> dict[str, Any]:
        record = {"step": self._step.count, **values, "seconds": round(self._seconds, 3)}
        if self._world.is_first:
            self._run.log(record)
            if self._events is not None:
                self._events.log(record)
        return record

    def _skipped_from(self) -> int | None:
        """The first of the skipped steps that the run is amid; those not yet logged count."""
        return self._faults.first_with(self._window.flags(), self._step.count)

    def _snapshot(self) -> Checkpoint:
        loop = {
            "window": self._window.state_dict(),
            "seconds": self._seconds,
            "logged_seconds": self._logged_seconds,
            "least_fid": self._least_fid,
            "owes_evaluation": self._owes_evaluation,
            **self._faults.state_dict(),
        }
        return Checkpoint(self._step.count, self._step.state(), loop)
