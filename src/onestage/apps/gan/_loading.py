"""Batches on the device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from onestage.apps.gan._layout import place
from onestage.apps.gan._players import Batch
from onestage.data import build_loader
from onestage.training import TrainConfig, World


def load_batches(
    source: Any,
    config: TrainConfig,
    device: torch.device,
    world: World,
    *,
    start: int,
    labels: bool = False,
) -> Iterator[Batch]:
    """Endless batches from number `start` on, of this process's share of the samples.

    Of each of the parts that a batch is computed in a process has its share: the parts are then
    those of one process.

    Args:
        source: as `onestage.data.build_loader` takes it.
        config: the settings.
        device: where they go.
        world: the processes that share each batch.
        start: batches taken already.
        labels: whether the labels are the condition.
    """
    parts = config.accumulation if world.size > 1 else 1
    loader = build_loader(
        source,
        config.batch_size // (world.size * parts),
        seed=config.seed,
        start=start * parts,
        rank=world.rank,
        world_size=world.size,
        workers=config.data.workers,
        flip=config.data.flip,
        labels=labels,
        pin_memory=device.type == "cuda",
    )
    copy = _Copy(config, device)
    loaded = (pieces if labels else (pieces,) for pieces in loader)
    while True:
        several = [next(loaded) for _ in range(parts)]
        joined = several[0] if parts == 1 else map(torch.cat, zip(*several, strict=True))
        yield copy(joined)


class _Copy:
    """Brings tensors to the device; on CUDA while it still computes the step before.

    The copy waits on a stream of its own, and what is computed from now on waits for the copy.
    """

    def __init__(self, config: TrainConfig, device: torch.device) -> None:
        self._config = config
        self._device = device
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None

    def __call__(self, tensors: Iterable[Tensor]) -> Batch:
        """A batch of them."""
        if self._stream is None:
            return self._placed(tensors)
        with torch.cuda.stream(self._stream):
            batch = self._placed(tensors)
        current = torch.cuda.current_stream(self._device)
        current.wait_stream(self._stream)
        for tensor in batch:
            if tensor is not None:
                tensor.record_stream(current)  # its memory is in use until that step is done
        return batch

    def _placed(self, tensors: Iterable[Tensor]) -> Batch:
        return Batch(*(place(tensor, self._device, self._config) for tensor in tensors))
