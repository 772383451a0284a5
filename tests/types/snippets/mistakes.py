"""What a type checker must refuse: `--strict` reports an `ignore` that is not needed."""

import torch
from torch import nn

from onestage import R1, OneStage

discriminator = nn.Linear(3, 1)
OneStage(3, "hinge")  # type: ignore[arg-type]
OneStage(discriminator)  # type: ignore[call-arg]
OneStage(discriminator, 3.0)  # type: ignore[arg-type]
OneStage(discriminator, "hinge", penalties=R1(1.0))  # type: ignore[arg-type]
OneStage(discriminator, "hinge", penalties=["r1"])  # type: ignore[list-item]
OneStage(discriminator, "hinge", [R1(1.0)])  # type: ignore[call-arg]
game = OneStage(discriminator, "hinge")
game.backward(torch.randn(4, 3))  # type: ignore[call-arg]
step = game.backward(torch.randn(4, 3), torch.randn(4, 3), scale="2")  # type: ignore[arg-type]
step.generator_losses  # type: ignore[attr-defined]  # noqa: B018
step.strategy = "dual"  # type: ignore[misc]
