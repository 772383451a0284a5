"""What a distillation has learnt."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from torch import nn

from onestage.apps._weights import newest_checkpoint, restore_network
from onestage.apps.distillation._config import DistillationConfig, build_distillation_config
from onestage.apps.distillation._networks import build_student
from onestage.training import RunFolder


class TrainedStudent(NamedTuple):
    """A student out of a run.

    Attributes:
        student: from images [B, C, H, W], shifted and scaled as the settings say (`mean`, `std`),
            to logits [B, K]; on the CPU in evaluation mode.
        config: the run's settings.
        step: after how many cycles.
    """

    student: nn.Module
    config: DistillationConfig
    step: int


def load_student(run: str | Path) -> TrainedStudent:
    """The student of the newest checkpoint of a run of `onestage distill`.

    Args:
        run: the folder; that of a control, such as `RUN/controls/noise`, is one as well.

    Raises:
        ValueError: (`RunError`, `CheckpointError`) if it is no such run, or has no checkpoint that
            can be used. One line.
    """
    folder = RunFolder.open(Path(run))
    config = build_distillation_config(folder.settings(DistillationConfig, "distill"))
    student = build_student(config)
    checkpoint = newest_checkpoint(folder, config)
    step = restore_network(student, folder, checkpoint, "student")
    return TrainedStudent(student, config, step)
