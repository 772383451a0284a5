"""One game on several processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

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
    for name, is_on in {"cuda-graph": config.cuda_graph, "compile": config.compile}.items():
        if is_on:
            raise ConfigError(
                f"{name} is on, which is for one process: a recorded or compiled step has not been "
                "taught to exchange gradients; leave it out, or train in one process."
            )
    in_parts = config.method != "one-stage" and config.accumulation > 1
    if in_parts and config.parallel == "ddp":
        raise ConfigError(
            f"method is {config.method!r}, which holds G's graphs of all {config.accumulation} "
            "parts at once: DistributedDataParallel takes the first one's backward for the last. "
            "Leave out accumulation, play one-stage, or take parallel fsdp, which does not."
        )


@contextmanager
def unsynchronised(*networks: nn.Module) -> Iterator[None]:
    """Gradients of this block stay in this process until the next synchronised backward."""
    with ExitStack() as stack:
        for network in networks:
            if isinstance(network, DistributedDataParallel):
                stack.enter_context(network.no_sync())
        yield
