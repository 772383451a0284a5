"""One game on several processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from onestage.training import ConfigError, TrainConfig, World


def check_world(config: TrainConfig, world: World) -> None:
    """Raise `ConfigError` for settings that several processes cannot share."""
    if world.size == 1:
        return
    share = world.share(config.batch_size, "batch-size")
    if share % config.accumulation:
        raise ConfigError(
            f"accumulation is {config.accumulation}, which does not divide the {share} samples of "
            f"each of {world.size} processes."
        )
    if config.method != "one-stage":
        raise ConfigError(
            f"method is {config.method!r}, whose stages freeze D, which DistributedDataParallel "
            "does not allow; several processes play one-stage."
        )
    if config.penalties.lecam:
        raise ConfigError(
            "penalties.lecam keeps running means of each process's own logits, which N processes "
            "do not share; leave it out, or train in one process."
        )


def shared(network: nn.Module, world: World, device: torch.device) -> nn.Module:
    """The network as all processes train it: one mean of the gradients for each update.

    Buffers are those of the first process, at every forward. On CUDA BatchNorm takes the
    statistics of all processes.
    """
    if world.size == 1 or not any(p.requires_grad for p in network.parameters()):
        return network
    if device.type == "cuda":
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return DistributedDataParallel(network, device_ids=[world.local_rank])
    return DistributedDataParallel(network)


@contextmanager
def unsynchronised(*networks: nn.Module) -> Iterator[None]:
    """Gradients of this block stay in this process until the next synchronised backward."""
    with ExitStack() as stack:
        for network in networks:
            if isinstance(network, DistributedDataParallel):
                stack.enter_context(network.no_sync())
        yield
