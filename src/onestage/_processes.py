"""What the processes of a run have in common, or one process alone."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, distributed


def in_a_group() -> bool:
    """Whether there are other processes."""
    return distributed.is_available() and distributed.is_initialized()


def drawn_rows(
    fill: Callable[..., Tensor], like: Tensor, generator: torch.Generator | None
) -> Tensor:
    """Random numbers with a row for each sample.

    Args:
        fill: fills a tensor with them, such as `Tensor.uniform_`; it takes `generator=`.
        like: [B, ...]; its shape, type and device are meant.
        generator: seeded alike in all processes, each of which draws for the samples of all, B of
            its own, and takes its rows: those that one process would draw. None: this process
            draws for itself, from torch's global generator of the device.
    """
    if generator is None:
        return fill(like.new_empty(like.shape))
    rank, size = (distributed.get_rank(), distributed.get_world_size()) if in_a_group() else (0, 1)
    whole = like.new_empty((size * len(like), *like.shape[1:]), device=generator.device)
    return fill(whole, generator=generator).chunk(size)[rank].to(like.device)


def mean_over_processes(values: Tensor) -> Tensor:
    """The mean of every process's values, in place; all take part, with batches of one size."""
    if in_a_group():
        distributed.all_reduce(values)
        values /= distributed.get_world_size()
    return values
