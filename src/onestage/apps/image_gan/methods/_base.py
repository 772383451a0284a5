"""What the methods have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn
from torch.optim import Optimizer

from onestage.losses import AnyLoss
from onestage.optim import clip_weights_
from onestage.penalties import Penalty


@dataclass(frozen=True)
class Players:
    """A game before anyone has decided how to play it.

    Attributes:
        generator: latents [B, latent_dim] to images [B, C, H, W].
        discriminator: images to logits [B].
        generator_optimizer: over G's parameters.
        discriminator_optimizer: over D's parameters.
        loss: both players' losses, of D's outputs.
        penalties: terms added to D's loss.
        noise: latents for a number of images.
        autocast: a context for the networks' forwards.
        clip_weights: bound of D's weights, 0 for none.
    """

    generator: nn.Module
    discriminator: nn.Module
    generator_optimizer: Optimizer
    discriminator_optimizer: Optimizer
    loss: AnyLoss
    penalties: Sequence[Penalty]
    noise: Callable[[int], Tensor]
    autocast: Callable[[], AbstractContextManager[Any]]
    clip_weights: float = 0.0

    def update_discriminator(self) -> None:
        """D's optimiser step, and its weight clipping."""
        self.discriminator_optimizer.step()
        if self.clip_weights:
            clip_weights_(self.discriminator, self.clip_weights)


class Method(Protocol):
    """One way to update both players."""

    def update(self, real: Tensor) -> dict[str, Tensor]:
        """One iteration on a batch of real images [B, C, H, W].

        Returns:
            Detached 0-dim tensors: `discriminator_loss`, `generator_loss` (without penalties),
            `real_score`, `fake_score` (D's mean outputs), each penalty, and `finite`.
        """

    def facts(self) -> dict[str, str]:
        """What a person may want to know of it."""

    def state_dict(self) -> dict[str, Any]:
        """What it keeps between iterations."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
