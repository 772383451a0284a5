"""What a command found out, for a program and for a person."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table


@dataclass(frozen=True)
class Block:
    """A piece of an answer: drawn on a terminal, plain elsewhere."""

    drawn: RenderableType
    plain: str


@dataclass(frozen=True)
class Answer:
    """What a command returns.

    Attributes:
        record: all of it, for `--json`: what JSON can hold, and paths, which become text.
        blocks: what of it a person reads.
        status: the exit status.
    """

    record: Any
    blocks: Sequence[Block | str] = ()
    status: int = 0


def facts(title: str, rows: Mapping[str, Any]) -> Block:
    """Names and values."""
    shown = {name: _format(value) for name, value in rows.items()}
    drawn = Table(title=title, title_justify="left", show_header=False)
    drawn.add_column(style="bold", max_width=34)
    drawn.add_column(overflow="fold")
    for name, value in shown.items():
        drawn.add_row(name, value)
    return Block(drawn, "\n".join([title, *(f"  {name}: {text}" for name, text in shown.items())]))


def table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None
) -> Table:
    """A table for a terminal; long words are folded, not cut."""
    drawn = Table(title=title, title_justify="left", box=box.SIMPLE)
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    return drawn


def as_json(value: Any) -> Any:
    """The same with what JSON has no word for: paths become text, NaN and infinity null."""
    if isinstance(value, Mapping):
        return {str(name): as_json(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(inner) for inner in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _format(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
