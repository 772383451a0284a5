"""How a process of a group ends, and what is sent in it."""

import contextlib
import os
import sys
from collections import Counter
from collections.abc import Iterator
from unittest import mock

import pytest
import torch
from torch import distributed

CAN_SHARD = torch.__version__ >= (2, 9)
needs_sharding = pytest.mark.skipif(
    not CAN_SHARD, reason="fully_shard is right on the CPU from PyTorch 2.9 on"
)


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
