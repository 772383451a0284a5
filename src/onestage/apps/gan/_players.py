"""A game before anyone has decided how to play it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.optim import Optimizer

from onestage.losses import AnyLoss
from onestage.optim import clip_weights_
from onestage.penalties import AnyPenalty


class Batch(NamedTuple):
    """Real samples, and what both networks are told of them."""

    real: Tensor  # [B, ...]
    condition: Tensor | None = None  # labels [B] or images [B, K, H, W]

    @property
    def arguments(self) -> tuple[Tensor, ...]:
        """What D takes after a sample, real or fake."""
        return () if self.condition is None else (self.condition,)

    def split(self, parts: int) -> list[Batch]:
        """That many batches of the same size."""
        reals = self.real.chunk(parts)
        if self.condition is None:
            return [Batch(real) for real in reals]
        return [Batch(*pair) for pair in zip(reals, self.condition.chunk(parts), strict=True)]


@dataclass(frozen=True)
class Players:
    """Two networks and the rules.

    Attributes:
        generator: G.
        discriminator: D, behind its augmentation if there is one.
        generator_optimizer: over G's parameters.
        discriminator_optimizer: over D's parameters.
        loss: both players' losses, of D's outputs.
        penalties: terms added to D's loss.
        fake: G's samples for a batch, from noise of its own.
        autocast: a context for the networks' forwards.
        watch: is shown D's outputs on every real batch, detached.
        clip_weights: bound of D's weights, 0 for none.
        reconstruction: weight of E |fake - real| in G's loss.
        critic_steps: D's updates per iteration.
        accumulation: parts that a batch is computed in.
    """

    generator: nn.Module
    discriminator: nn.Module
    generator_optimizer: Optimizer
    discriminator_optimizer: Optimizer
    loss: AnyLoss
    penalties: Sequence[AnyPenalty]
    fake: Callable[[Batch], Tensor]
    autocast: Callable[[], AbstractContextManager[Any]]
    watch: Callable[[Tensor], None]
    clip_weights: float = 0.0
    reconstruction: float = 0.0
    critic_steps: int = 1
    accumulation: int = 1

    def update_discriminator(self) -> None:
        """D's optimiser step, and its weight clipping."""
        self.discriminator_optimizer.step()
        if self.clip_weights:
            clip_weights_(self.discriminator, self.clip_weights)

    def generator_terms(self, batch: Batch, fake: Tensor) -> Tensor | None:
        """G's own terms, a scalar; None where it has none."""
        if not self.reconstruction:
            return None
        return self.reconstruction * (fake.float() - batch.real).abs().mean()
