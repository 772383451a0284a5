"""What a person sees while a run goes on."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

_PLAIN_STEPS, _PLAIN_SECONDS = 200, 60.0
_SHOWN = {
    "discriminator_loss": "D {:.2f}",
    "student_loss": "student {:.2f}",
    "generator_loss": "G {:.2f}",
    "real_score": "real {:+.2f}",
    "fake_score": "fake {:+.2f}",
    "images_per_second": "{:,.0f} img/s",
}


class Reporter(AbstractContextManager[Any], Protocol):
    """Shows how a run gets on; a context manager around the loop."""

    def advance(self, step: int) -> None:
        """So many steps are done. Called at each, so it must be cheap."""

    def record(self, record: Mapping[str, Any]) -> None:
        """A record went to the log."""

    def note(self, text: str) -> None:
        """A line for the person."""


def build_reporter(total: int, start: int = 0, stream: TextIO | None = None) -> Reporter:
    """A progress bar where one can be drawn; elsewhere a plain line now and then.

    Args:
        total: steps of the whole run.
        start: steps done already.
        stream: where to; standard error if None.
    """
    stream = stream or sys.stderr
    return (BarReporter if is_animated(stream) else PlainReporter)(total, start, stream)


def is_animated(stream: TextIO) -> bool:
    """Whether a line can be drawn over: on a terminal, unless the environment speaks against it.

    It does by NO_COLOR, by TERM=dumb, and where a notebook runs a command: that looks like a
    terminal but keeps every frame (JPY_PARENT_PID is what Jupyter sets for its kernels).
    """
    against = os.environ.get("NO_COLOR") or os.environ.get("JPY_PARENT_PID")
    is_dumb = os.environ.get("TERM") in ("dumb", "unknown")
    return stream.isatty() and not is_dumb and not against


def describe(record: Mapping[str, Any]) -> str:
    """The losses, scores and speed of a record on one line."""
    return " ".join(form.format(record[name]) for name, form in _SHOWN.items() if name in record)


class SilentReporter:
    """Nobody is told anything: for all processes but the first."""

    def __enter__(self) -> SilentReporter:
        return self

    def __exit__(self, *_: object) -> None:
        """See `Reporter`."""

    def advance(self, step: int) -> None:
        """See `Reporter`."""

    def record(self, record: Mapping[str, Any]) -> None:
        """See `Reporter`."""

    def note(self, text: str) -> None:
        """See `Reporter`."""


class PlainReporter:
    """Lines without colour or cursor movement, for files and pipes."""

    def __init__(self, total: int, start: int, stream: TextIO) -> None:
        self._total, self._start, self._stream = total, start, stream
        self._printed = start
        self._began = self._said = time.monotonic()

    def __enter__(self) -> PlainReporter:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.flush()

    def advance(self, step: int) -> None:
        """See `Reporter`."""

    def record(self, record: Mapping[str, Any]) -> None:
        """See `Reporter`."""
        step = record["step"]
        now = time.monotonic()
        waited = step - self._printed >= _PLAIN_STEPS or now - self._said >= _PLAIN_SECONDS
        shown = describe(record)
        if shown and (waited or step >= self._total):
            self._printed, self._said = step, now
            left = timedelta(seconds=round(self._left(step)))
            self.note(f"step {step}/{self._total}  {shown}  {left} left")

    def note(self, text: str) -> None:
        """See `Reporter`."""
        print(text, file=self._stream, flush=True)

    def _left(self, step: int) -> float:
        done = max(step - self._start, 1)
        return (time.monotonic() - self._began) / done * (self._total - step)


class BarReporter:
    """A progress bar with the latest losses, scores, speed, and the time left."""

    def __init__(self, total: int, start: int, stream: TextIO) -> None:
        self._progress = Progress(
            TextColumn("step {task.completed:.0f}/{task.total:.0f}"),
            BarColumn(bar_width=8),  # all fits a terminal of 80 columns
            TextColumn("{task.fields[shown]}"),
            TimeRemainingColumn(),
            console=Console(file=stream),
        )
        self._task: TaskID = self._progress.add_task("", total=total, completed=start, shown="")

    def __enter__(self) -> BarReporter:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, step: int) -> None:
        """See `Reporter`."""
        self._progress.update(self._task, completed=step)

    def record(self, record: Mapping[str, Any]) -> None:
        """See `Reporter`."""
        if shown := describe(record):
            self._progress.update(self._task, shown=shown)

    def note(self, text: str) -> None:
        """See `Reporter`."""
        self._progress.console.print(text, markup=False, highlight=False)
