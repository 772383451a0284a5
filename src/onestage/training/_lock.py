"""One process at a time in a run's folder."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

_A_LOOK = 0.1  # seconds; more than `lock_holder` of another process has it for


class LockError(ValueError):
    """Another process is at work in the folder; one line."""


def lock_holder(folder: Path) -> str | None:
    """Who holds the folder's lock; None where nobody does, or it cannot be told."""
    try:
        import fcntl

        with (folder / ".lock").open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # let go as the file is closed
            except BlockingIOError:
                return _holder(file)
    except (ImportError, OSError):
        pass
    return None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock.

    The operating system holds it for the process and lets go when that ends, in whichever way: no
    lock is ever stale. Where there is no `fcntl` (Windows) nothing is locked.

    Raises:
        LockError: if another process has it.
    """
    if find_spec("fcntl") is None:
        yield
        return
    with (folder / ".lock").open("a+", encoding="utf-8") as file:
        if not _take(file):
            time.sleep(_A_LOOK)  # it may have been a look
            if not _take(file):
                raise LockError(
                    f"{folder} is in use by {_holder(file)}; wait for it to end, or choose another "
                    "folder."
                )
        file.seek(0)
        file.truncate()
        file.write(f"process {os.getpid()} on {os.uname().nodename}")
        file.flush()
        yield


def _take(file: TextIO) -> bool:
    """Lock an open file until it is closed; whether that could be done."""
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(file: TextIO) -> str:
    file.seek(0)
    return file.read().strip() or "another process"
