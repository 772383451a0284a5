"""A game by each kind of loss, and what a call of it returns."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss, softplus
from typing_extensions import assert_type

from onestage import JointLoss, OneStage, SeparableLoss, StepResult
from onestage.losses import AnyLoss, build_loss, gathered, hinge, relativistic


def real_term(outputs: Tensor) -> Tensor:
    return softplus(-outputs).mean()


def fake_term(outputs: Tensor) -> Tensor:
    return softplus(outputs).mean()


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    return softplus(fake - real).mean()


def generator_loss(real: Tensor, fake: Tensor) -> Tensor:
    return softplus(-fake).mean()


def squash(outputs: Tensor) -> Tensor:
    return outputs.tanh()


discriminator, generator = nn.Linear(3, 1), nn.Linear(2, 3)
real, latents = torch.randn(4, 3), torch.randn(4, 2)

games = [
    OneStage(discriminator, "hinge"),
    OneStage(discriminator, hinge(), strategy="ratio"),
    OneStage(discriminator, build_loss("least_squares", heads="mean")),
    OneStage(discriminator, gathered(relativistic())),
    OneStage(discriminator, (discriminator_loss, generator_loss)),
    OneStage(discriminator, (real_term, fake_term, generator_loss)),
    OneStage(discriminator, (lambda r, f: (f - r).mean(), lambda r, f: -f.mean())),
    OneStage(discriminator, SeparableLoss(real_term, fake_term, generator_loss)),
    OneStage(discriminator, JointLoss(discriminator_loss, generator_loss, logits=squash)),
    OneStage(lambda sample: discriminator(sample), "minimax"),
]
for game in games:
    step = game.backward(real, generator(latents))
    assert_type(step, StepResult)

game = OneStage(discriminator, "hinge")
fake: Tensor = generator(latents)
step = game.backward(
    real,
    fake,
    real_args=(),
    fake_args=[],
    generator_weight=torch.tensor(0.5),
    generator_loss=l1_loss(fake, real),
    scale=0.5,
)
assert_type(step.discriminator_loss, Tensor)
assert_type(step.generator_loss, Tensor)
assert_type(step.penalties, dict[str, Tensor])
assert_type(step.ratios, Tensor | None)
assert_type(step.finite, Tensor)
assert_type(step.strategy, str)
assert_type(step.fake_outputs, Any)  # a tensor, or a nested structure of them

step, gradient = game.gradients(real, generator(latents))
assert_type(step, StepResult)
assert_type(gradient, Any)  # as the fake is
assert_type(game.discriminator_backward(real, generator(latents).detach()), StepResult)
assert_type(game.explain(), str)
assert_type(game.state_dict(), dict[str, Any])
game.load_state_dict(game.state_dict())
assert_type(build_loss("hinge"), AnyLoss)
assert_type(hinge(), SeparableLoss)
assert_type(relativistic(), JointLoss)
