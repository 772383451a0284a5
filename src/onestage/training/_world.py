"""The processes of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed

from onestage._convert import ConfigError
from onestage.training._meeting import meeting_place


@dataclass(frozen=True)
class World:
    """Where this process stands among those of the run.

    Attributes:
        rank: number of this process, from 0; only 0 writes.
        size: number of processes.
        local_rank: number of this process on its machine: which GPU it takes.
        patient: the group in which `tell` waits; the default one otherwise, which gives up after
            minutes.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    patient: Any = None

    @property
    def is_first(self) -> bool:
        """Whether this process writes and speaks."""
        return self.rank == 0

    def share(self, total: int, what: str) -> int:
        """This process's part of a number that is for all together.

        Raises:
            ConfigError: if it cannot be divided.
        """
        if total % self.size:
            raise ConfigError(
                f"{what} is {total}, for {self.size} processes together: give a multiple of "
                f"{self.size}."
            )
        return total // self.size

    def rows(self, whole: Tensor) -> Tensor:
        """This process's rows of something that all have drawn alike."""
        return whole.chunk(self.size)[self.rank] if self.size > 1 else whole

    def most(self, number: int) -> int:
        """The largest of the processes' numbers; they wait for one another."""
        if self.size == 1:
            return number
        found = torch.tensor(number, device=_device())
        distributed.all_reduce(found, distributed.ReduceOp.MAX)
        return int(found)

    def all_finite(self, finite: Tensor) -> Tensor:
        """Whether a flag, 0-dim bool, is true in all processes; the host does not wait."""
        if self.size == 1:
            return finite
        found = finite.float()
        distributed.all_reduce(found, distributed.ReduceOp.MIN)
        return found.bool()

    def mean(self, values: dict[str, float]) -> dict[str, float]:
        """The mean over the processes of what each has measured."""
        if self.size == 1 or not values:
            return values
        found = torch.tensor(list(values.values()), dtype=torch.float64).to(_device())
        distributed.all_reduce(found)
        return dict(zip(values, (found / self.size).tolist(), strict=True))

    def tell(self, thing: Any) -> Any:
        """What the first process has; the others wait for it, be it for an evaluation of hours."""
        if self.size == 1:
            return thing
        box = [thing]
        device = _device() if self.patient is None else torch.device("cpu")
        distributed.broadcast_object_list(box, group=self.patient, device=device)
        return box[0]


def patient_group() -> Any:
    """A group of all processes, in which they wait for one another for a week."""
    return distributed.new_group(backend="gloo", timeout=timedelta(days=7))


def _device() -> torch.device:
    """Where the process group's tensors have to be."""
    is_nccl = distributed.get_backend() == "nccl"
    return torch.device("cuda", torch.cuda.current_device()) if is_nccl else torch.device("cpu")


@contextmanager
def joined(device: str = "auto") -> Iterator[World]:
    """Take part in the group of processes that `torchrun` has started; alone otherwise.

    Gloo on the CPU, NCCL on CUDA, where each process takes the GPU of its number.

    Args:
        device: the setting, as in `TrainConfig`.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield World()
        return
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    on_cuda = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    if on_cuda:
        torch.cuda.set_device(local_rank)
    store, rank, size = meeting_place()
    backend = "nccl" if on_cuda else "gloo"
    distributed.init_process_group(backend, store=store, rank=rank, world_size=size)
    try:
        yield World(rank, size, local_rank, patient_group())
        distributed.barrier()  # nobody leaves while another still writes or listens
    finally:
        distributed.destroy_process_group()
