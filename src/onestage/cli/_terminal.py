"""Where a command speaks: its answer on stdout; progress, notes and warnings on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeAlias

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress

from onestage.cli._answer import Answer, Block, as_json
from onestage.training import Reporter, SilentReporter, build_reporter, is_animated


class Terminal:
    """What `--quiet` and `--json` mean, for every command.

    Args:
        quiet: nothing but errors, and the document of `as_json`.
        as_json: the answer is one JSON document instead of text.
    """

    def __init__(self, *, quiet: bool = False, as_json: bool = False) -> None:
        self._is_quiet, self._is_json = quiet, as_json

    def note(self, text: str) -> None:
        """A line on how it goes."""
        if not self._is_quiet:
            print(text, file=sys.stderr, flush=True)

    def warn(self, text: str) -> None:
        """A line on what is wrong with the answer."""
        self.note(f"onestage: warning: {text}")

    def reporter(self, total: int, start: int = 0) -> Reporter:
        """Shows how a training run goes."""
        return SilentReporter() if self._is_quiet else build_reporter(total, start)

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """Shows how many of all are done: a bar on a terminal, a line each elsewhere."""
        if self._is_quiet or not is_animated(sys.stderr):
            yield lambda done, total: self.note(f"{what} {done}/{total}")
            return
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def answer(self, answer: Answer) -> None:
        """Print it, unless it is to be quiet."""
        if self._is_json:
            print(json.dumps(as_json(answer.record)), flush=True)
        elif not self._is_quiet:
            for block in answer.blocks:
                _print(block)


def _print(block: Block | str) -> None:
    if isinstance(block, str):
        print(block, flush=True)
    elif sys.stdout.isatty():
        Console().print(block.drawn, markup=False)
    else:
        print(block.plain, flush=True)


# How a command asks for one: the command line makes it, and no option of the command's is meant.
Said: TypeAlias = Annotated[Terminal, Parameter(parse=False)]
