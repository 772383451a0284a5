"""The state of a unit in training, on the disk now and then, so that hours of it are not lost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from onestage._files import replacing
from onestage.compare._turns import Contender

UNFINISHED = "unfinished"
_SECONDS = 600.0


class Unfinished:
    """A file with the state of all contenders of a unit.

    Args:
        path: the file; None keeps nothing.
        every: seconds between two states; short units leave none.
        clock: in seconds.
    """

    def __init__(
        self,
        path: Path | None,
        every: float = _SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._every = every
        self._clock = clock
        self._last = clock()

    def load(self, contenders: Mapping[str, Contender]) -> int:
        """Go on from the file; the rounds that were played, 0 where there is no file that fits."""
        if self._path is None or not self._path.exists():
            return 0
        found = torch.load(self._path, map_location="cpu", weights_only=True)
        if found["configs"] != _configs(contenders):
            return 0
        for method, contender in contenders.items():
            contender.load_state_dict(found["contenders"][method])
        return found["rounds"]

    def save_if_due(self, contenders: Mapping[str, Contender], rounds: int) -> None:
        """Write the file anew, if the last time was long ago; it is the old or the new at once."""
        if self._path is None or self._clock() - self._last < self._every:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        states = {method: contender.state_dict() for method, contender in contenders.items()}
        with replacing(self._path) as place:
            torch.save(
                {"configs": _configs(contenders), "rounds": rounds, "contenders": states}, place
            )
        self._last = self._clock()

    def discard(self) -> None:
        """Remove the file, and its folder with the last one."""
        if self._path is None or not self._path.exists():
            return
        self._path.unlink()
        if not any(self._path.parent.iterdir()):
            self._path.parent.rmdir()


def _configs(contenders: Mapping[str, Contender]) -> dict[str, Any]:
    return {method: asdict(contender.game.config) for method, contender in contenders.items()}
