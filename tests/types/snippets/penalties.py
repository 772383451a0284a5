"""Penalties, the library's and one's own."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from typing_extensions import assert_type

from onestage import DRAGAN, R1, R2, GradientPenalty, LeCam, OneStage
from onestage.penalties import AnyPenalty, Branch, Side, input_gradient


@dataclass(frozen=True)
class OneNorm:
    """The mean 1-norm of D's input gradient on the real batch."""

    weight: float
    every: int = 1
    name: str = "one_norm"
    branch: Branch = "real"

    def __call__(self, sample: Tensor, logits: Tensor) -> Tensor:
        (gradient,) = input_gradient(sample, logits)
        return self.weight * gradient.abs().flatten(1).sum(1).mean()


@dataclass
class Drift:
    """Holds the real logits near their running mean."""

    mean: float = 0.0
    every: int = 1
    name: str = "drift"
    branch: Branch = "outputs"

    def of_logits(self, side: Side, logits: Tensor) -> Tensor:
        return (logits - self.mean).square().mean() * (side == "real")

    def commit(self, real_logits: Tensor, fake_logits: Tensor) -> None:
        self.mean = 0.9 * self.mean + 0.1 * float(real_logits.mean())

    def state_dict(self) -> dict[str, Any]:
        return {"mean": self.mean}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.mean = state["mean"]


def play(*penalties: AnyPenalty) -> dict[str, Tensor]:
    discriminator, generator = nn.Linear(3, 1), nn.Linear(2, 3)
    game = OneStage(discriminator, "nonsaturating", penalties=penalties)
    return game.backward(torch.randn(4, 3), generator(torch.randn(4, 2))).penalties


assert_type(play(R1(10.0, every=16), R2(10.0), LeCam(0.1)), dict[str, Tensor])
play(GradientPenalty(10.0))
play(DRAGAN(10.0))
play(OneNorm(1.0), Drift())
