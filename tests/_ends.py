"""Work that ends a process by a signal; run by `tests/unit/test_processes.py`."""

import os
import sys
from pathlib import Path

from torch import distributed


def abort_at_work(rank: int, size: int, folder: Path) -> None:
    """The first process says why and aborts; the other would wait for it."""
    if rank == 0:
        print("out of the blue", file=sys.stderr, flush=True)
        os.abort()
    distributed.barrier()


def abort_when_done(rank: int, size: int, folder: Path) -> None:
    """Both do their work, and the first aborts as the group is torn down."""
    (folder / f"{rank}.result").touch()
    if rank == 0:
        distributed.destroy_process_group = os.abort
