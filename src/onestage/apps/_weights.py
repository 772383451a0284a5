"""Networks out of a run's checkpoint."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from onestage.training import CheckpointError, RunFolder, load_weights


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
