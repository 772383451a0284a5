"""Steps that were skipped since something was not finite."""

from __future__ import annotations

from collections.abc import Iterable


class Faults:
    """Counts skipped steps.

    Args:
        most: in a row that are put up with.

    Attributes:
        in_a_row: steps skipped up to now, one after the other.
        gone_back: whether the run has gone back to a checkpoint for it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.in_a_row = 0
        self.gone_back = False

    @property
    def too_many(self) -> bool:
        """Whether there were more in a row than is put up with."""
        return self.in_a_row > self._most

    def count(self, finite: Iterable[bool]) -> int:
        """Take in some steps; how many of them were skipped."""
        skipped = 0
        for flag in finite:
            # Once there are too many, they stay too many until the run goes back.
            self.in_a_row = self.in_a_row if flag and self.too_many else self._next(flag)
            skipped += not flag
        return skipped

    def go_back(self) -> None:
        """The run is at a good checkpoint again."""
        self.in_a_row, self.gone_back = 0, True

    def _next(self, finite: bool) -> int:
        return 0 if finite else self.in_a_row + 1
