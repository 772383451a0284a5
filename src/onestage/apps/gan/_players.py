"""A game before anyone has decided how to play it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from onestage.apps.gan._sharing import Sharing, Whole
from onestage.engine import no_sync
from onestage.losses import AnyLoss
from onestage.optim import clip_weights_
from onestage.penalties import AnyPenalty
from onestage.training import Memory, World, gradient_norm, step_if

Player: TypeAlias = Literal["discriminator", "generator"]


class Batch(NamedTuple):
    """Real samples, what both networks are told of them, and G's noise."""

    real: Tensor  # [B, ...]
    condition: Tensor | None = None  # labels [B] or images [B, K, H, W]
    latents: Tensor | None = None  # [B, latent_dim]; None until they are drawn

    @property
    def arguments(self) -> tuple[Tensor, ...]:
        """What D takes after a sample, real or fake."""
        return () if self.condition is None else (self.condition,)

    def split(self, parts: int) -> list[Batch]:
        """That many batches of the same size."""
        chunks = [[None] * parts if x is None else x.chunk(parts) for x in self]
        return [Batch(*part) for part in zip(*chunks, strict=True)]


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
        latents: noise for the samples of a batch, [B, latent_dim]; new at every call.
        fake: G's samples for a batch, from its noise, or from new noise where it has none.
        autocast: a context for the networks' forwards.
        watch: is shown D's outputs on every real batch, detached.
        clip_weights: bound of D's weights, 0 for none.
        reconstruction: weight of E |fake - real| in G's loss.
        critic_steps: D's updates per iteration.
        accumulation: parts that a batch is computed in.
        world: the processes that play.
        sharing: what each of them keeps of the networks.
    """

    generator: nn.Module
    discriminator: nn.Module
    generator_optimizer: Optimizer
    discriminator_optimizer: Optimizer
    loss: AnyLoss
    penalties: Sequence[AnyPenalty]
    latents: Callable[[Batch], Tensor]
    fake: Callable[[Batch], Tensor]
    autocast: Callable[[], AbstractContextManager[Any]]
    watch: Callable[[Tensor], None]
    clip_weights: float = 0.0
    reconstruction: float = 0.0
    critic_steps: int = 1
    accumulation: int = 1
    world: World = field(default_factory=World)
    sharing: Sharing = field(default_factory=lambda: Whole(World()))

    def draw(self, batch: Batch) -> Batch:
        """The batch with new noise for G, drawn part by part as it would be without."""
        parts = batch.split(self.accumulation)
        return batch._replace(latents=torch.cat([self.latents(part) for part in parts]))

    def memory(self) -> Memory:
        """What both networks' forwards change by themselves, as it is now."""
        return Memory(self.generator, self.discriminator)

    def update(self, measured: dict[str, Tensor], memory: Memory, *who: Player) -> None:
        """Let players move by the gradients that are there, unless something is not finite.

        Args:
            measured: of this step; `finite`, true so far, and the norms of the gradients go in.
            memory: from before the step.
            who: moves; all of them or none.
        """
        networks = {"discriminator": self.discriminator, "generator": self.generator}
        optimizers = {
            "discriminator": self.discriminator_optimizer,
            "generator": self.generator_optimizer,
        }
        finite = measured.get("finite", torch.ones((), dtype=torch.bool, device=self._device))
        for name in who:
            self.sharing.settle(networks[name])
            norm = gradient_norm(networks[name].parameters())
            measured[f"{name}_grad_norm"] = norm
            finite = finite & norm.isfinite()
        finite = self.world.all_finite(finite)
        step_if(finite, *(optimizers[name] for name in who))
        memory.restore_unless(finite)
        if self.clip_weights and "discriminator" in who:
            clip_weights_(self.discriminator, self.clip_weights)
        measured["finite"] = finite

    @property
    def _device(self) -> torch.device:
        return next(self.generator.parameters()).device

    def parts(self, batch: Batch) -> Iterator[Batch]:
        """The parts that a batch is computed in; processes exchange gradients at the last."""
        *first, last = batch.split(self.accumulation)
        for part in first:
            with no_sync(self.generator, self.discriminator):
                yield part
        yield last

    def generator_terms(self, batch: Batch, fake: Tensor) -> Tensor | None:
        """G's own terms, a scalar; None where it has none."""
        if not self.reconstruction:
            return None
        return self.reconstruction * (fake.float() - batch.real).abs().mean()
