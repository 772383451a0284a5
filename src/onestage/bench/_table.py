"""Tables as plain text, narrowed to a terminal where need be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

_GAP = "  "


class Tables:
    """Draws tables no wider than that, and remembers what it left out.

    Args:
        width: columns of the terminal; None for whole tables.
        least_missed: headings in the order in which they are left out.

    Attributes:
        left_out: headings that found no room, in whichever table.
    """

    def __init__(self, width: int | None, least_missed: Sequence[str]) -> None:
        self._width, self._least_missed = width, least_missed
        self.left_out: dict[str, None] = {}  # keeps their order

    def draw(
        self, columns: Mapping[str, Callable[[Any], str]], rows: Sequence[dict[str, Any]]
    ) -> str:
        """Aligned columns; too wide, first with pairs on two lines, then with fewer columns."""
        cells = {name: [name, *map(cell, rows)] for name, cell in columns.items()}
        if not self._fits(cells):
            cells = {
                name: [cell.replace(" / ", " /\n" + _GAP) for cell in column]
                for name, column in cells.items()
            }
        for name in self._least_missed:
            if name in cells and not self._fits(cells):
                del cells[name]
                self.left_out[name] = None
        widths = [_breadth(column) for column in cells.values()]
        return "\n".join(_line(row, widths) for row in zip(*cells.values(), strict=True))

    def _fits(self, cells: Mapping[str, list[str]]) -> bool:
        needed = sum(map(_breadth, cells.values())) + len(_GAP) * (len(cells) - 1)
        return self._width is None or needed <= self._width


def _breadth(column: Sequence[str]) -> int:
    return max(len(line) for cell in column for line in cell.splitlines())


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """A row, which is as high as its highest cell."""
    return "\n".join(
        _GAP.join(map(str.ljust, line, widths)).rstrip()
        for line in zip_longest(*(cell.splitlines() for cell in row), fillvalue="")
    )
