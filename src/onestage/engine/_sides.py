"""What D said of both batches, up to the point where the strategies take over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torch import Tensor

from onestage._tree import Tree, tensors
from onestage.engine._branch import Branch
from onestage.engine._cotangents import Cotangents, cotangents, evaluate
from onestage.engine.strategies import Walk
from onestage.losses import AnyLoss

Batch: TypeAlias = tuple[Tree, Sequence[Tree]]  # a sample and the conditions that D takes after it


@dataclass(frozen=True)
class Sides:
    """What D said of both batches, and what is still to be walked back.

    Attributes:
        fake: D's graph over the fakes.
        fake_leaves: its outputs as detached leaves, at least float32.
        real_leaves: the real ones, or None.
        f: dL_D/d(fake outputs), times the scale.
        others: what D's weight gradient still needs besides f.
        parameters: the leaves under both sides.
        loss: L_D without penalties, a 0-dim tensor.
        penalties: their values by name.
        real_outputs: D's outputs on the real batch, detached, or None.
    """

    fake: Branch
    fake_leaves: Tree
    real_leaves: Tree
    f: Cotangents
    others: list[tuple[Tensor, Tensor]]
    parameters: list[Tensor]
    loss: Tensor
    penalties: dict[str, Tensor]
    real_outputs: Tree

    def generator_loss(self, loss: AnyLoss) -> Tensor:
        """L_G's adversarial term, a scalar on the detached outputs."""
        return evaluate(
            "The generator's loss", loss.generator_loss, self.real_leaves, self.fake_leaves
        )

    def generator_terms(self, loss: AnyLoss, weight: float | Tensor) -> tuple[Tensor, Cotangents]:
        """L_G's adversarial term, detached, and its derivative at the fake outputs, weighted."""
        value = self.generator_loss(loss)
        # Its graph may keep as much as D's feature maps take: it is given up on the way.
        return value.detach(), cotangents(value, self.fake_leaves, weight, keep_graph=False)

    def walk(self, g: Cotangents, factor: float | Tensor) -> Walk:
        """The walk back for both players."""
        outputs = tensors(self.fake.outputs)
        return Walk(self.fake, outputs, self.f, g, self.others, self.parameters, factor)

    def add_discriminator_gradients(self) -> None:
        """The walk back for D alone."""
        nothing: Cotangents = [None] * len(self.f)
        walk = self.walk(nothing, 1.0)
        walk.add_gradients(self.f, self.parameters if self.others else None)


def pair_batches(
    real: Tree, real_args: Sequence[Tree], fake: Tree, fake_args: Sequence[Tree]
) -> tuple[Batch | None, Batch]:
    """Each sample with its conditions; no real batch where `real` is None."""
    return (None if real is None else (real, real_args)), (fake, fake_args)
