"""One game on several processes."""

from __future__ import annotations

import torch

from onestage.training import ConfigError, TrainConfig, World


def check_world(config: TrainConfig, world: World, device: torch.device) -> None:
    """Raise `ConfigError` for settings that several processes cannot share on this device."""
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
    if config.parallel == "fsdp":
        _check_sharding(device)


def _check_sharding(device: torch.device) -> None:
    # It fails in 2.6; in 2.7 and 2.8 gloo adds up the float32 gradients that it shall average.
    if device.type == "cpu" and torch.__version__ < "2.9":  # compared as versions are
        raise ConfigError(
            f"parallel is 'fsdp', and fully_shard of PyTorch {torch.__version__} is wrong on "
            "the CPU; install PyTorch 2.9 or newer, or take ddp."
        )
