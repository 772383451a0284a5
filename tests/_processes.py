"""How the processes of a group begin and end, and what is sent in one."""

import contextlib
import faulthandler
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import pytest
import torch
from torch import distributed, multiprocessing
from torch.multiprocessing.spawn import ProcessExitedException

CAN_SHARD = torch.__version__ >= (2, 9)
needs_sharding = pytest.mark.skipif(
    not CAN_SHARD, reason="fully_shard is right on the CPU from PyTorch 2.9 on"
)


def run_together(work: Callable[[int, int, Path], None], folder: Path, processes: int = 2) -> None:
    """Do `work(rank, processes, folder)` in processes of one group, and wait for all.

    Raises:
        RuntimeError: where one was ended by a signal before its work was done, with what it said.
    """
    options = (work, processes, folder)
    try:
        multiprocessing.spawn(_begin, args=options, nprocs=processes)
    except ProcessExitedException as error:
        if not all(_mark(folder, rank).exists() for rank in range(processes)):
            said = [_errors(folder, rank).read_text(errors="replace") for rank in range(processes)]
            raise RuntimeError(" | ".join([str(error), *said])) from error
        # gloo ended a process that had done its work: see `leave`.


def _begin(rank: int, work: Callable[[int, int, Path], None], processes: int, folder: Path) -> None:
    os.dup2(os.open(_errors(folder, rank), os.O_CREAT | os.O_WRONLY), 2)
    faulthandler.enable(all_threads=True)
    torch.set_num_threads(1)
    meeting = f"file://{folder}/meeting"
    distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=processes)
    work(rank, processes, folder)
    distributed.barrier()
    _mark(folder, rank).touch()
    leave()


def _mark(folder: Path, rank: int) -> Path:
    return folder / f"{rank}.done"


def _errors(folder: Path, rank: int) -> Path:
    return folder / f"{rank}.stderr"


def leave() -> None:
    """End this process, done, without the interpreter's teardown.

    gloo's threads can outlive there the objects that own them, and then C++ ends the process by
    SIGABRT ("terminate called without an active exception") although all its work is done.
    """
    if distributed.is_initialized():
        distributed.barrier()
        distributed.destroy_process_group()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


@contextlib.contextmanager
def reduce_scatters() -> Iterator[Counter[int]]:
    """Counts, by the number of gradients, how often those of sharded weights are exchanged."""
    found: Counter[int] = Counter()
    # As FSDP2 calls it; the latter is its name before PyTorch 2.13.
    names = ("reduce_scatter_single", "reduce_scatter_tensor")
    name = next(name for name in names if hasattr(distributed, name))
    send = getattr(distributed, name)

    def counted(*, input, **options):
        found[input.numel()] += 1
        return send(input=input, **options)

    with mock.patch.object(distributed, name, counted):
        yield found
