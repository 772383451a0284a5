"""The two kinds of adversarial loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from torch import Tensor

from onestage._tree import Tree

Reversal: TypeAlias = float | Tensor | Callable[[], float | Tensor] | None


class Stateful(Protocol):
    """What a loss that learns (a multiplier, a running mean) keeps between steps."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""


def whole(outputs: Tree) -> Tree:
    """The default `logits`: all that D returns."""
    return outputs


@dataclass(frozen=True, kw_only=True)
class AdversarialLoss:
    """What the two kinds have in common; build a `SeparableLoss` or a `JointLoss`.

    Args:
        logits: picks the logits out of what D returns; penalties use it.
        commit: called once per step with the detached outputs (real, fake), after the gradients.
        state: what `commit` changes, saved with the game.
    """

    logits: Callable[[Tree], Tree] = whole
    commit: Callable[[Tree, Tree], None] | None = None
    state: Stateful | None = None

    @property
    def names_logits(self) -> bool:
        """Whether `logits` was given; else all that D returns is taken for logits."""
        return self.logits is not whole


@dataclass(frozen=True)
class SeparableLoss(AdversarialLoss):
    """L_D = real(D(x)) + fake(D(G(z))): D's real side needs to know nothing of the fakes.

    D's real forward and backward are then done before D sees the fakes, and only one graph of D
    is alive at a time.

    Args:
        real: D's term on its outputs for the real batch, a scalar.
        fake: D's term on its outputs for the fake batch, a scalar.
        generator: L_G of D's outputs on the real batch (detached; None for a game without a real
            side) and on the fake batch, a scalar.
        reversal: the r of `dL_G/d(fake outputs) = r dL_D/d(fake outputs)`, where that holds for
            every value of the outputs: a float, a 0-dim tensor or a callable that is read at
            every step, after L_D was evaluated. It is declared, never inferred from values.
        logits: see `AdversarialLoss`; so are the rest.
    """

    real: Callable[[Tree], Tensor]
    fake: Callable[[Tree], Tensor]
    generator: Callable[[Tree, Tree], Tensor]
    reversal: Reversal = None

    def discriminator_loss(self, real_outputs: Tree, fake_outputs: Tree) -> Tensor:
        """L_D, a scalar; `real_outputs=None` leaves the real term out."""
        fake = self.fake(fake_outputs)
        return fake if real_outputs is None else self.real(real_outputs) + fake

    def generator_loss(self, real_outputs: Tree, fake_outputs: Tree) -> Tensor:
        """L_G, a scalar."""
        return self.generator(real_outputs, fake_outputs)


@dataclass(frozen=True)
class JointLoss(AdversarialLoss):
    """L_D compares real and fake outputs with one another (relativistic, Fisher).

    Args:
        discriminator: L_D of D's outputs on the real and on the fake batch, a scalar.
        generator: as in `SeparableLoss`.
        reversal: as in `SeparableLoss`.
        paired: whether real and fake outputs are compared element by element. Their shapes must
            then be equal, or the call raises instead of broadcasting.
        logits: see `AdversarialLoss`; so are the rest.
    """

    discriminator: Callable[[Tree, Tree], Tensor]
    generator: Callable[[Tree, Tree], Tensor]
    reversal: Reversal = None
    paired: bool = True

    def discriminator_loss(self, real_outputs: Tree, fake_outputs: Tree) -> Tensor:
        """L_D, a scalar."""
        return self.discriminator(real_outputs, fake_outputs)

    def generator_loss(self, real_outputs: Tree, fake_outputs: Tree) -> Tensor:
        """L_G, a scalar."""
        return self.generator(real_outputs, fake_outputs)
