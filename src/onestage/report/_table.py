"""Tables that sort by their headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from onestage.report._text import NOTHING, escape, figure, is_number


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
    return scrollable(
        caption,
        f'<table class="sorts"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
    )


def scrollable(label: str, content: str) -> str:
    """What may be wider than the page, in a region of its own."""
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(label)}">{content}</div>'
    )


def _row(row: Sequence[Any]) -> str:
    first, *others = row
    return f'<th scope="row"{_sorted_as(first)}>{_show(first)}</th>' + "".join(
        f"<td{_sorted_as(value)}>{_show(value)}</td>" for value in others
    )


def _show(value: Any) -> str:
    if isinstance(value, Interval):
        span = f"{figure(value.low)}{NOTHING}{figure(value.high)}"
        return f'{escape(figure(value.value))} <span class="span">{escape(span)}</span>'
    return escape(figure(value))


def _sorted_as(value: Any) -> str:
    """The number that a cell sorts by; text sorts as text, and nothing comes last."""
    number = value.value if isinstance(value, Interval) else value
    return f' data-value="{number!r}"' if is_number(number) else ""
