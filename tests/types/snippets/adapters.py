"""One stage in the loops of Lightning and Accelerate."""

import torch
from accelerate import Accelerator  # type: ignore[import-untyped, unused-ignore]
from torch import Tensor, nn
from torch.optim import Adam
from typing_extensions import assert_type

from onestage import R1, LeCam, OneStage, StepResult
from onestage.adapters.accelerate import AcceleratedGame
from onestage.adapters.lightning import OneStageModule
from onestage.optim import JointOptimizer


class GAN(OneStageModule):
    def __init__(self) -> None:
        super().__init__(nn.Linear(3, 1), "hinge", penalties=[R1(1.0), LeCam(0.1)])
        self.generator = nn.Linear(2, 3)

    def training_step(self, real: Tensor, index: int) -> None:
        step = self.one_stage_step(real, self.generator(torch.randn(len(real), 2)))
        assert_type(step, StepResult)
        self.log("loss_d", step.discriminator_loss)

    def configure_optimizers(self) -> JointOptimizer:
        assert isinstance(self.discriminator, nn.Module)
        return JointOptimizer(
            Adam(self.discriminator.parameters()), Adam(self.generator.parameters())
        )


assert_type(GAN().game, OneStage)

generator, discriminator = nn.Linear(2, 3), nn.Linear(3, 1)
joint = JointOptimizer(Adam(discriminator.parameters()), Adam(generator.parameters()))
game = AcceleratedGame(
    Accelerator(cpu=True),
    generator,
    discriminator,
    joint,
    loss="hinge",
    penalties=[R1(1.0), LeCam(0.1)],
    clip_norms=(1.0, None),
)
with game.accumulate():
    step = game.step(torch.randn(4, 3), game.generator(torch.randn(4, 2)))
    assert_type(step, StepResult)
