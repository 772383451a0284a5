"""Steps that were skipped since something was not finite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any


class Faults:
    """Counts skipped steps.

    Args:
        most: in a row that are put up with.

    Attributes:
        in_a_row: steps skipped up to now, one after the other.
        first: the number of the first of these; None where there are none.
        gone_back: whether the run has gone back to a checkpoint for it since it was started.
        returns: how often it has in all.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.in_a_row = 0
        self.first: int | None = None
        self.gone_back = False
        self.returns = 0

    @property
    def too_many(self) -> bool:
        """Whether there were more in a row than is put up with."""
        return self.in_a_row > self._most

    def count(self, finite: Sequence[bool], last: int) -> int:
        """Take in some steps, of which the last has number `last`; how many were skipped."""
        for step, flag in enumerate(finite, last - len(finite) + 1):
            if not flag:
                self.first = step if self.first is None else self.first
                self.in_a_row += 1
            elif not self.too_many:  # or they stay too many until the run goes back
                self.in_a_row, self.first = 0, None
        return len(finite) - sum(finite)

    def first_with(self, finite: Sequence[bool], last: int) -> int | None:
        """What `first` will be when these are counted."""
        ahead = copy(self)
        ahead.count(finite, last)
        return ahead.first

    def go_back(self, returns: int) -> None:
        """The run is at a good checkpoint again, for the so-manieth time."""
        self.in_a_row, self.first, self.gone_back, self.returns = 0, None, True, returns

    def state_dict(self) -> dict[str, Any]:
        """What a run that goes on needs."""
        return {
            "skipped_in_a_row": self.in_a_row,
            "first_skipped": self.first,
            "returns": self.returns,
        }

    def load_state_dict(self, state: Mapping[str, Any], last: int) -> None:
        """Take over what `state_dict` gave when steps up to number `last` had been counted."""
        self.in_a_row = state["skipped_in_a_row"]
        guess = last - self.in_a_row + 1 if self.in_a_row else None  # of older versions
        self.first = state.get("first_skipped", guess)
        self.returns = state.get("returns", 0)
