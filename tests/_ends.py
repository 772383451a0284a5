"""Work that ends a process by a signal; run by `tests/unit/test_processes.py`."""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

from torch import distributed

from onestage.training import World
from onestage.training._world import patient_group


def abort_at_work(rank: int, size: int, folder: Path) -> None:
    """The first process says why and aborts; the other would wait for it."""
    if rank == 0:
        print("out of the blue", file=sys.stderr, flush=True)
        os.abort()
    distributed.barrier()


def wait_longer_than_the_group_does(rank: int, size: int, folder: Path) -> None:
    """The first process is at work for longer than the others' patience with a collective."""
    distributed.destroy_process_group()
    place = {"rank": rank, "world_size": size, "timeout": timedelta(seconds=1)}
    distributed.init_process_group("gloo", init_method=f"file://{folder}/again", **place)
    world = World(rank, size, rank, patient_group())
    if rank == 0:
        time.sleep(3)
    told = world.tell(f"from {rank}")
    (folder / f"{rank}.result").write_text(told)


def abort_when_done(rank: int, size: int, folder: Path) -> None:
    """Both do their work, and the first aborts as the group is torn down."""
    (folder / f"{rank}.result").touch()
    if rank == 0:
        distributed.destroy_process_group = os.abort
