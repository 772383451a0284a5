"""What a run has learnt."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn

from onestage.apps._weights import newest_checkpoint, restore_network
from onestage.apps.gan import Task
from onestage.apps.image_gan import ImageTask, build_generator
from onestage.apps.points import PointsTask, build_points_generator
from onestage.training import RunFolder, build_config


class Trained(NamedTuple):
    """A generator out of a run.

    Attributes:
        generator: the averaged one, on the CPU in evaluation mode.
        task: what it learnt; real images are read when they are needed.
        step: after how many steps.
    """

    generator: nn.Module
    task: Task
    step: int


def load_trained(run: RunFolder, *, best: bool = False) -> Trained:
    """The averaged generator of a run's newest checkpoint, or of the one with the least FID.

    Raises:
        ValueError: (`CheckpointError`, `RunError`) if the run has none that can be used.
    """
    config = build_config(run.settings())
    path = newest_checkpoint(run, config, best=best)
    device = torch.device("cpu")
    generator: nn.Module
    task: Task
    if config.data.source == "ring":
        generator, task = build_points_generator(config), PointsTask(config, device)
    else:
        generator, task = build_generator(config), ImageTask(config, None, device)
    step = restore_network(generator, run, path, "generator_ema")
    return Trained(generator, task, step)
