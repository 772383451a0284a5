"""What a step tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from onestage._dtypes import as_real, at_least_float32
from onestage._tree import Tree, detach
from onestage.engine import Cotangents, Sides

_WITH_RATIOS = ("ratio", "shared_penalty")


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
        ratios: g / f for every logit on the fakes where a sample has one (strategies "ratio" and
            "shared_penalty"), [B]: what the paper calls gamma. Infinite where D ignores a sample.
    """

    discriminator_loss: Tensor
    generator_loss: Tensor
    penalties: dict[str, Tensor]
    real_outputs: Tree
    fake_outputs: Tree
    strategy: str
    finite: Tensor
    _cotangents: tuple[Cotangents, Cotangents] = field(
        default=([], []), repr=False
    )  # of L_D and L_G at the fake outputs

    @property
    def ratios(self) -> Tensor | None:
        """See above; worked out when it is asked for."""
        if self.strategy not in _WITH_RATIOS:
            return None
        pairs = zip(*self._cotangents, strict=True)
        (ratio,) = [
            g / (torch.zeros_like(g) if f is None else f) for f, g in pairs if g is not None
        ]
        return ratio.reshape(-1)

    def and_finite(self, loss: Tensor) -> StepResult:
        """The same result, finite only if `loss` is too."""
        return replace(self, finite=self.finite & torch.isfinite(loss.detach()))


def step_result(
    sides: Sides,
    generator_loss: Tensor,
    strategy: str,
    gradients: Iterable[Tensor | None],
    generator_cotangents: Cotangents | None = None,
) -> StepResult:
    """The result of a call whose walk is done."""
    terms = [sides.loss, generator_loss.detach(), *sides.penalties.values()]
    # A sum is finite unless one of its terms is not, and needs no mask of the size of the image.
    terms += [at_least_float32(as_real(g)).sum() for g in gradients if g is not None]
    return StepResult(
        discriminator_loss=sides.loss,
        generator_loss=generator_loss.detach(),
        penalties=sides.penalties,
        real_outputs=sides.real_outputs,
        fake_outputs=detach(sides.fake.outputs),
        strategy=strategy,
        # Only where ratios are asked for: feature maps' cotangents are large.
        _cotangents=(sides.f, generator_cotangents or []) if strategy in _WITH_RATIOS else ([], []),
        finite=torch.isfinite(torch.stack([term.to(sides.loss) for term in terms]).sum()),
    )
