"""The Fisher loss, with its Lagrange multiplier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from onestage._tree import Tree, tensors
from onestage.losses._base import JointLoss, whole
from onestage.losses._heads import check_heads


class _Multiplier:
    """Lambda of the constraint W = 1, one number for all heads together; learned by `commit`."""

    def __init__(self, rho: float, logits: Callable[[Tree], Tree]) -> None:
        self._rho = rho
        self._logits = logits
        self._value: Tensor | float = 0.0

    def discriminator(self, real_outputs: Tree, fake_outputs: Tree) -> Tensor:
        real, fake = self._heads(real_outputs), self._heads(fake_outputs)
        check_heads(real, fake)
        gap = sum((r.mean() - f.mean() for r, f in zip(real, fake, strict=True)), start=0.0)
        excess = self._excess(real, fake)
        return -gap + self._value * excess + 0.5 * self._rho * excess.square()

    def generator(self, _: Tree, fake_outputs: Tree) -> Tensor:
        return torch.stack([-f.mean() for f in self._heads(fake_outputs)]).sum()

    def commit(self, real_outputs: Tree, fake_outputs: Tree) -> None:
        excess = self._excess(self._heads(real_outputs), self._heads(fake_outputs)).detach()
        # A batch that is not finite is no step of anybody's.
        change = torch.where(torch.isfinite(excess), self._rho * excess, 0)
        self._value = self._value + change

    def state_dict(self) -> dict[str, Any]:
        return {"multiplier": torch.as_tensor(self._value)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._value = state["multiplier"]

    def _heads(self, outputs: Tree) -> list[Tensor]:
        return tensors(self._logits(outputs))

    def _excess(self, real: list[Tensor], fake: list[Tensor]) -> Tensor:
        """W - 1, with W = 1/2 E r^2 + 1/2 E f^2; the mean over the heads."""
        halves = [
            0.5 * (r.square().mean() + f.square().mean()) for r, f in zip(real, fake, strict=True)
        ]
        return torch.stack(halves).mean() - 1


def fisher(rho: float = 1e-6, *, logits: Callable[[Tree], Tree] = whole) -> JointLoss:
    """Fisher, FisherGAN (Mroueh and Sercu 2017, eq. 9 and algorithm 1).

        L_D = -(E r - E f) - lambda (1 - W) + rho/2 (W - 1)^2,   W = 1/2 E r^2 + 1/2 E f^2
        L_G = -E f

    After each step lambda += rho (W - 1); it begins at 0 and is saved with the game. W is a mean
    over the whole batch: micro-batches or processes are not one batch.

    Args:
        rho: weight of the quadratic term, and lambda's step.
        logits: picks the logits where D returns more than logits; heads are added, and W is their
            mean.

    Raises:
        ValueError: for a rho that is not positive.
    """
    if not rho > 0:
        raise ValueError(f"rho={rho}: it is a positive number; the paper takes 1e-6.")
    multiplier = _Multiplier(rho, logits)
    return JointLoss(
        multiplier.discriminator,
        multiplier.generator,
        paired=False,
        logits=logits,
        commit=multiplier.commit,
        state=multiplier,
    )
