"""A link between processes, as slow as is asked for."""

# Annotations are objects here: DistributedDataParallel looks at those of its hooks.
import math
import queue
import threading
import time
from typing import Any

import torch
from torch import distributed
from torch.distributed import GradBucket
from torch.futures import Future


def moved(number: int) -> float:
    """Bytes through each of n processes of a ring that adds up so many: 2 (n - 1) / n times."""
    n = distributed.get_world_size()
    return 2 * (n - 1) / n * number


class Link:
    """Averages gradients over the processes, and takes as long as a link of this speed would.

    Buckets go one after the other, each from when it is ready. The waiting is a thread's, and takes
    no processor.

    Attributes:
        bytes_per_second: the speed; infinite for the exchange alone.
        sent: bytes of all buckets so far.
    """

    def __init__(self) -> None:
        self.bytes_per_second = math.inf
        self.sent = 0
        self._free_at = 0.0
        self._buckets: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=self._carry, daemon=True).start()

    def exchange(self, _: object, bucket: GradBucket) -> Future[torch.Tensor]:
        """As a communication hook of DistributedDataParallel."""
        gradients = bucket.buffer().div_(distributed.get_world_size())
        number = gradients.numel() * gradients.element_size()
        self.sent += number
        self._free_at = max(self._free_at, time.perf_counter())
        self._free_at += moved(number) / self.bytes_per_second
        work = distributed.all_reduce(gradients, async_op=True)
        assert work is not None
        arrived: Future[torch.Tensor] = Future()
        self._buckets.put((work.get_future(), self._free_at, gradients, arrived))
        return arrived

    def _carry(self) -> None:
        while True:
            exchanged, at, gradients, arrived = self._buckets.get()
            exchanged.wait()
            time.sleep(max(at - time.perf_counter(), 0))
            arrived.set_result(gradients)
