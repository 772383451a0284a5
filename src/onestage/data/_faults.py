"""Images that cannot be read: left out, counted, named, and no more than are allowed."""

import logging
from collections.abc import Mapping

import torch

from onestage.data._source import DataError

MAX_BAD = 0.01  # the share that is put up with
MEMORY = 512 * 2**20  # bytes that decoded images may take
_NAMED = 5
_log = logging.getLogger("onestage.data")


class Faults:
    """The bad images of a source, of all processes that read it.

    Args:
        name: the source's.
        total: number of images, good and bad.
        max_bad: largest share of bad ones that is put up with.
        option: what that is called where a person sets it.
    """

    def __init__(self, name: str, total: int, max_bad: float, option: str = "max_bad") -> None:
        self._name = name
        self._total = total
        self._max_bad = max_bad
        self._option = option
        self.named: dict[int, str] = {}
        self._is_shared = False
        self._flags = torch.zeros(total, dtype=torch.uint8)  # one process's finds skip all others'

    def share(self) -> None:
        """Let the processes that are started from here on know of each other's finds."""
        self._flags.share_memory_()
        self._is_shared = True

    def __contains__(self, index: int) -> bool:
        return index in self.named or (self._is_shared and bool(self._flags[index]))

    def record(self, found: Mapping[int, DataError]) -> None:
        """Leave out what was found before any image is used.

        Raises:
            DataError: if it is too much.
        """
        for index, error in sorted(found.items()):
            self._note(index, error)
        if found:
            self._check()
            _log.warning("%s; left out: %s", self._count(), self._names())

    def meet(self, index: int, error: DataError) -> None:
        """Leave out an image that turned out bad when it was wanted.

        Raises:
            DataError: if it is one too many.
        """
        if index not in self:
            self._note(index, error)
            self._check()
            _log.warning("%s; left out: %s", self._count(), error)

    @property
    def count(self) -> int:
        """Number of bad images found so far, by all processes."""
        return int(self._flags.sum())

    def _note(self, index: int, error: DataError) -> None:
        self._flags[index] = 1
        self.named[index] = str(error)

    def _check(self) -> None:
        bad = self.count
        if bad == self._total or bad > self._max_bad * self._total:
            raise DataError(
                f"{self._count()}, more than max_bad={self._max_bad:g} allows: {self._names()} "
                f"Or allow a larger share by {self._option}."
            )

    def _count(self) -> str:
        return f"{self._name}: {self.count} of {self._total} images are unreadable"

    def _names(self) -> str:
        shown = [message.removesuffix("; repair or remove it.") for message in self.named.values()]
        more = len(shown) - _NAMED
        return "; ".join(shown[:_NAMED]) + (f"; and {more} more." if more > 0 else ".")


def check_share(max_bad: float) -> None:
    """Raise `DataError` for a share that is none."""
    if not 0 <= max_bad <= 1:
        raise DataError(f"max_bad={max_bad} is not a share of the images; give 0 to 1.")
