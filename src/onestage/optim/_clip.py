"""Weight clipping, after each step of a Wasserstein critic."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def clip_weights_(parameters: nn.Module | Iterable[Tensor], bound: float = 0.01) -> None:
    """Clamp every weight to [-bound, bound] in place (Arjovsky et al. 2017, algorithm 1).

    Args:
        parameters: a module, or its parameters.
        bound: the paper's c.

    Raises:
        ValueError: for a bound that is not positive.
    """
    if not bound > 0:
        raise ValueError(f"bound={bound}: weights are clipped to a positive bound.")
    if isinstance(parameters, nn.Module):
        parameters = parameters.parameters()
    weights = list(parameters)
    if weights:
        torch._foreach_clamp_max_(weights, bound)
        torch._foreach_clamp_min_(weights, -bound)
