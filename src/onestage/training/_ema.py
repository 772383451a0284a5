"""The averaged generator."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


class ExponentialMovingAverage(Generic[Network]):
    """An average of a network's weights over its training steps (Yazici et al., ICLR 2019).

    Parameters are averaged, `a <- decay a + (1 - decay) w`; buffers (BatchNorm's statistics) are
    copied, since they are averages already.

    Args:
        module: the network; it is copied and left alone.
        decay: how much of the average stays at each step; about 1 / (1 - decay) steps count.
        warmup: w in `decay_at`, which lets the first weights go sooner; 0 for none.
    """

    def __init__(self, module: Network, decay: float, *, warmup: int = 0) -> None:
        self.module: Network = copy.deepcopy(module).eval().requires_grad_(False)
        self.decay = decay
        self.warmup = warmup

    def decay_at(self, step: int) -> float:
        """The decay at step t = 0, 1, ...: min(decay, (1 + t) / (w + t)) for a warm-up w."""
        if not self.warmup:
            return self.decay
        return min(self.decay, (1 + step) / (self.warmup + step))

    @torch.no_grad()
    def update(self, module: nn.Module, step: int = 0) -> None:
        """Take in the weights that `module` has after step number `step`, counted from 0."""
        averages: list[Tensor] = list(self.module.parameters())
        weights: list[Tensor] = list(module.parameters())
        torch._foreach_lerp_(averages, weights, 1 - self.decay_at(step))
        for average, buffer in zip(self.module.buffers(), module.buffers(), strict=True):
            average.copy_(buffer)
