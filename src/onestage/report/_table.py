"""Tables that sort by their headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onestage.report._text import NOTHING, escape, figure, is_number

_LONG = 40


@dataclass(frozen=True)
class Interval:
    """A figure and where it lies with 90 % confidence."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{figure(self.value)} [{figure(self.low)}, {figure(self.high)}]"


def draw_table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table; the first cell of a row is its heading. A click on a column's heading sorts by it.

    It scrolls by itself where it is wider than the page, by keyboard as well.

    Args:
        caption: what it holds.
        headings: of the columns.
        rows: numbers, text, `Interval`s and None.
    """
    head = "".join(f'<th scope="col"><button>{escape(text)}</button></th>' for text in headings)
    body = "".join(f"<tr>{_row(row)}</tr>" for row in rows)
    label = escape(caption)
    return (
        f'<figure class="table"><figcaption>{label}</figcaption>'
        f'<div class="wide" role="region" tabindex="0" aria-label="{label}">'
        f'<table class="sorts" aria-label="{label}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></figure>"
    )


def _row(row: Sequence[Any]) -> str:
    first, *others = row
    return f'<th scope="row"{_attributes(first)}>{_show(first)}</th>' + "".join(
        f"<td{_attributes(value)}>{_show(value)}</td>" for value in others
    )


def _show(value: Any) -> str:
    if isinstance(value, Interval):
        span = f"{figure(value.low)}{NOTHING}{figure(value.high)}"
        return f'{escape(figure(value.value))} <span class="span">{escape(span)}</span>'
    return escape(figure(value))


def _attributes(value: Any) -> str:
    """The number that a cell sorts by; or that its text is to be broken into lines."""
    number = value.value if isinstance(value, Interval) else value
    if is_number(number):
        return f' data-value="{number!r}"'
    return ' class="long"' if len(str(value)) > _LONG else ""
