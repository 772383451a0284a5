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
    """

    def __init__(self, module: Network, decay: float) -> None:
        self.module: Network = copy.deepcopy(module).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Take in the weights that `module` has now."""
        averages: list[Tensor] = list(self.module.parameters())
        weights: list[Tensor] = list(module.parameters())
        torch._foreach_lerp_(averages, weights, 1 - self.decay)
        for average, buffer in zip(self.module.buffers(), module.buffers(), strict=True):
            average.copy_(buffer)
