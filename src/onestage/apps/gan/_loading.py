"""Batches on the device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

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

    Args:
        source: as `onestage.data.build_loader` takes it.
        config: the settings.
        device: where they go.
        world: the processes that share each batch.
        start: batches taken already.
        labels: whether the labels are the condition.
    """
    loader = build_loader(
        source,
        config.batch_size // world.size,
        seed=config.seed,
        start=start,
        rank=world.rank,
        world_size=world.size,
        workers=config.data.workers,
        flip=config.data.flip,
        labels=labels,
        pin_memory=device.type == "cuda",
    )
    for loaded in loader:
        parts = loaded if labels else (loaded,)
        yield Batch(*(part.to(device, non_blocking=True) for part in parts))
