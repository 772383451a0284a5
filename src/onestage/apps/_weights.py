"""Networks out of a run's checkpoint."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from onestage.training import (
    CheckpointError,
    LoopConfig,
    RunFolder,
    list_checkpoints,
    load_weights,
    lock_holder,
)


def newest_checkpoint(run: RunFolder, config: LoopConfig, *, best: bool = False) -> Path:
    """A run's newest checkpoint, or the one with the least FID; the run may be in progress.

    Raises:
        CheckpointError: if there is none yet; it says when the first comes.
    """
    if found := list_checkpoints(run.best if best else run.checkpoints):
        return found[-1]
    if best and not config.evaluate_samples:
        raise CheckpointError(
            f"{run.path} has no evaluation to choose the best by; leave out --best, or train with "
            "--evaluate-samples above 0."
        )
    what, every = "checkpoint", config.checkpoint_every
    if best:
        what, every = "evaluation", config.evaluate_every
    first = min(every or config.steps, config.steps)
    holder = lock_holder(run.path)
    now = "If no process is at work on it, start it anew."
    if holder is not None:
        now = f"The run is in progress ({holder})."
    raise CheckpointError(
        f"{run.path} has no {what} yet: the first comes with step {first} of {config.steps}. {now}"
    )


def restore_network(network: nn.Module, run: RunFolder, checkpoint: Path, name: str) -> int:
    """Give a network the weights that it has in a checkpoint, and put it in evaluation mode.

    Args:
        network: on the CPU, as the run's settings build it.
        run: the run.
        checkpoint: one of its checkpoints.
        name: the network's there.

    Returns:
        The checkpoint's step.

    Raises:
        CheckpointError: if the checkpoint cannot be used, or is of another network.
    """
    step, weights = load_weights(checkpoint, name)
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(
            f"The weights in {checkpoint} do not fit {run.config_file}; put back the config.yaml "
            "that the run was trained with."
        ) from error
    network.eval()
    return step
