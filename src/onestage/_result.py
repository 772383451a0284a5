"""What a step tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from onestage._tree import Tree, detach
from onestage.engine._cotangents import at_least_float32
from onestage.engine._sides import Sides


@dataclass(frozen=True)
class StepResult:
    """What one call saw: detached, unscaled, and without making the host wait.

    Attributes:
        discriminator_loss: L_D without penalties, a 0-dim tensor.
        generator_loss: L_G's adversarial term without `generator_weight`, a 0-dim tensor.
        penalties: the values of the penalties that were applied, by name, each with its weight
            but without the factor that makes up for `every`.
        real_outputs: what D returned for the real batch, or None.
        fake_outputs: what D returned for the fake batch.
        strategy: "reversal", "ratio", "shared_penalty" or "dual"; "discriminator" where D alone was
            trained.
        finite: whether losses, penalties and the gradient at the fake are finite, a 0-dim bool
            tensor on the device.
    """

    discriminator_loss: Tensor
    generator_loss: Tensor
    penalties: dict[str, Tensor]
    real_outputs: Tree
    fake_outputs: Tree
    strategy: str
    finite: Tensor

    def and_finite(self, loss: Tensor) -> StepResult:
        """The same result, finite only if `loss` is too."""
        return replace(self, finite=self.finite & torch.isfinite(loss.detach()))


def step_result(
    sides: Sides, generator_loss: Tensor, strategy: str, gradients: Iterable[Tensor | None]
) -> StepResult:
    """The result of a call whose walk is done."""
    terms = [sides.loss, generator_loss.detach(), *sides.penalties.values()]
    # A sum is finite unless one of its terms is not, and needs no mask of the size of the image.
    terms += [at_least_float32(g).sum() for g in gradients if g is not None]
    return StepResult(
        discriminator_loss=sides.loss,
        generator_loss=generator_loss.detach(),
        penalties=sides.penalties,
        real_outputs=sides.real_outputs,
        fake_outputs=detach(sides.fake.outputs),
        strategy=strategy,
        finite=torch.isfinite(torch.stack([term.to(sides.loss) for term in terms]).sum()),
    )
