"""The two stages of alternating training, in plain PyTorch."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from onestage.apps.image_gan.methods._base import Players
from onestage.losses import JointLoss, SeparableLoss
from onestage.penalties import Branch


class _Side(NamedTuple):
    outputs: Tensor  # [B]
    penalties: dict[str, Tensor]
    penalty: Tensor | float  # their sum, each as many times as steps it stands for


class DiscriminatorStage:
    """D's forwards, backwards and update.

    With a separable loss the real side is done before D sees the fakes, so that one graph of D is
    alive at a time.

    Args:
        players: the game.

    Attributes:
        updates: updates done; decides when a lazy penalty is due.
    """

    def __init__(self, players: Players) -> None:
        self._players = players
        self.updates = 0

    def __call__(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """One update of D on a real and a detached fake batch; what it measured."""
        players, loss = self._players, self._players.loss
        players.discriminator_optimizer.zero_grad()
        real_side = self._forward(real, "real")
        if isinstance(loss, SeparableLoss):
            real_loss = loss.real(real_side.outputs)
            (real_loss + real_side.penalty).backward()
            fake_side = self._forward(fake, "fake")
            fake_loss = loss.fake(fake_side.outputs)
            (fake_loss + fake_side.penalty).backward()
            total = real_loss.detach() + fake_loss.detach()
        else:
            fake_side = self._forward(fake, "fake")
            total = loss.discriminator_loss(real_side.outputs, fake_side.outputs)
            (total + real_side.penalty + fake_side.penalty).backward()
        players.update_discriminator()
        self.updates += 1
        return {
            "discriminator_loss": total.detach(),
            "real_score": real_side.outputs.detach().mean(),
            "fake_score": fake_side.outputs.detach().mean(),
            **real_side.penalties,
            **fake_side.penalties,
        }

    def _forward(self, sample: Tensor, branch: Branch) -> _Side:
        due = [
            penalty
            for penalty in self._players.penalties
            if penalty.branch == branch and self.updates % penalty.every == 0
        ]
        sample = sample.detach().requires_grad_(bool(due))
        with self._players.autocast():
            outputs = self._players.discriminator(sample).float()
        values = [(penalty, penalty(sample, outputs)) for penalty in due]
        return _Side(
            outputs,
            {penalty.name: value.detach() for penalty, value in values},
            sum(penalty.every * value for penalty, value in values),
        )


def generator_stage(players: Players, real: Tensor, fake: Tensor) -> Tensor:
    """G's backward through D as it is now, and G's update; the loss, detached.

    Args:
        players: the game.
        real: real images, for losses that compare; D sees them without a graph.
        fake: G's images, with their graph.
    """
    loss = players.loss
    with players.autocast():
        real_outputs = None
        if isinstance(loss, JointLoss):
            with torch.no_grad():
                real_outputs = players.discriminator(real).float()
        fake_outputs = players.discriminator(fake).float()
    value = loss.generator_loss(real_outputs, fake_outputs)
    players.generator_optimizer.zero_grad()
    value.backward()
    players.generator_optimizer.step()
    return value.detach()


def with_finite(measured: dict[str, Tensor]) -> dict[str, Tensor]:
    """The measurements, and whether both losses are finite."""
    both = measured["discriminator_loss"] + measured["generator_loss"]
    return {**measured, "finite": torch.isfinite(both)}
