"""What a person sees while a run goes on."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

_PLAIN_EVERY = 200
_SHOWN = {
    "discriminator_loss": "D {:.2f}",
    "generator_loss": "G {:.2f}",
    "real_score": "real {:+.2f}",
    "fake_score": "fake {:+.2f}",
    "images_per_second": "{:,.0f} img/s",
}


class Reporter(Protocol):
    """Shows how a run gets on; a context manager around the loop."""

    def __enter__(self) -> Reporter:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""

    def advance(self, step: int) -> None:
        """So many steps are done. Called at each, so it must be cheap."""

    def record(self, record: Mapping[str, Any]) -> None:
        """A record went to the log."""

    def note(self, text: str) -> None:
        """A line for the person."""


def build_reporter(total: int, start: int = 0, stream: TextIO | None = None) -> Reporter:
    """A progress bar on a terminal; elsewhere a plain line every few hundred steps.

    Args:
        total: steps of the whole run.
        start: steps done already.
        stream: where to; standard output if None.
    """
    stream = stream or sys.stdout
    return (BarReporter if stream.isatty() else PlainReporter)(total, start, stream)


def describe(record: Mapping[str, Any]) -> str:
    """The losses, scores and speed of a record on one line."""
    return " ".join(form.format(record[name]) for name, form in _SHOWN.items() if name in record)


class SilentReporter:
    """Nobody is told anything: for all processes but the first."""

    def __enter__(self) -> SilentReporter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
        self._began = time.monotonic()

    def __enter__(self) -> PlainReporter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.flush()

    def advance(self, step: int) -> None:
        """See `Reporter`."""

    def record(self, record: Mapping[str, Any]) -> None:
        """See `Reporter`."""
        step = record["step"]
        is_due = step >= self._total or step - self._printed >= _PLAIN_EVERY
        if is_due and "discriminator_loss" in record:
            self._printed = step
            left = f"{self._left(step):.0f} s left"
            self.note(f"step {step}/{self._total}  {describe(record)}  {left}")

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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self, step: int) -> None:
        """See `Reporter`."""
        self._progress.update(self._task, completed=step)

    def record(self, record: Mapping[str, Any]) -> None:
        """See `Reporter`."""
        if "discriminator_loss" in record:
            self._progress.update(self._task, shown=describe(record))

    def note(self, text: str) -> None:
        """See `Reporter`."""
        self._progress.console.print(text, markup=False, highlight=False)
