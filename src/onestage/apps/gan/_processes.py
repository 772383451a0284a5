"""One game on several processes."""

from __future__ import annotations

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
