"""Batches on the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

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
    loaded = (pieces if labels else (pieces,) for pieces in loader)
    while True:
        several = [next(loaded) for _ in range(parts)]
        joined = several[0] if parts == 1 else map(torch.cat, zip(*several, strict=True))
        yield Batch(*(place(tensor, device, config) for tensor in joined))
