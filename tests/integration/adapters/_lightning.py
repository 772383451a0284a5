"""The game as a LightningModule."""

from pathlib import Path

import torch
from lightning.pytorch import Trainer
from tests.integration.adapters._common import CLIP_NORMS, Scenario, build, optimizers
from torch.utils.data import DataLoader

from onestage.adapters.lightning import OneStageModule
from onestage.optim import JointOptimizer


class Game(OneStageModule):
    """Plays the batches that it is given, and keeps what it saw."""

    def __init__(self, scenario: Scenario, **options) -> None:
        generator, discriminator = build()
        options = {"clip_norms": CLIP_NORMS, "penalties": scenario.penalties, **options}
        super().__init__(
            discriminator,
            scenario.loss,
            strategy=scenario.strategy,
            accumulate=scenario.accumulate,
            **options,
        )
        self.generator = generator
        self.results, self.global_steps = [], []

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], index: int) -> None:
        real, latent = batch
        self.results.append(self.one_stage_step(real, self.generator(latent)))
        self.global_steps.append(self.global_step)

    def configure_optimizers(self) -> JointOptimizer:
        return optimizers(self.generator, self.discriminator)


def trainer(folder: Path, **options) -> Trainer:
    """A quiet one, on the CPU unless told otherwise."""
    return Trainer(
        default_root_dir=folder,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        **{"accelerator": "cpu", "max_epochs": 1, "devices": 1, **options},
    )


def loader(batches: list[tuple[torch.Tensor, torch.Tensor]]) -> DataLoader:
    """The batches as they are: Lightning takes a list for several loaders."""
    return DataLoader(batches, batch_size=None)
