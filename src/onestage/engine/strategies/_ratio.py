"""The paper's gradient decomposition, with a floor that makes it exact for every loss."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from onestage._dtypes import at_least_float32
from onestage.engine.strategies._base import Strategy, Walk

# A power of two scales floating-point numbers without rounding. 2^-64 is far below float32's
# rounding of D's gradient, and far above float32's and bfloat16's smallest number.
FLOOR = 2.0**-64


class PerSampleRatio(Strategy):
    """Backpropagate f; multiply sample i's input gradient by g_i / f_i (the paper, section 3.2).

    Exact where D gives one logit per sample and treats samples independently. Where f vanishes
    (hinge on a fake that D is sure of) the seed is 2^-64 g instead, so that the ratio exists:
    G's gradient stays exact to rounding, and D's is perturbed by 5e-20 of that sample's share.
    Where |g| is above 1 it counts as 1 in this: a loss that grows exponentially asks for 1e30 of G
    and 1 of D, and 5e-20 of the former would drown the latter.
    """

    name: ClassVar[str] = "ratio"
    cost: ClassVar[str] = "3 G + 6 D"

    def gradients(self, walk: Walk) -> list[Tensor | None]:
        """grad_{x_i} L_G = |g_i| (h_i / s_i) grad_{x_i} <s, D(x)>, h = g in [-1, 1], else its sign.

        As two factors, since their product may be too large for a float.
        """
        (index,) = walk.used
        logits = walk.outputs[index]
        g = walk.g[index]
        assert g is not None
        f, bounded = walk.f[index], g.clamp(-1, 1)
        seed = floored(torch.zeros_like(g) if f is None else f, bounded).to(logits.dtype)
        ratio = ratio_of(bounded, at_least_float32(seed)).view(-1)  # [B]
        size = g.abs().clamp_min(1).view(-1)  # [B]
        seeds = [seed if i == index else None for i in range(len(walk.outputs))]
        walk.add_gradients(seeds, walk.reached)
        return [
            gradient if gradient is None else per_sample(size, per_sample(ratio, gradient))
            for gradient in walk.input_gradients()
        ]


def floored(f: Tensor, g: Tensor) -> Tensor:
    """F where |f| >= 2^-64 |g|, else 2^-64 g."""
    floor = FLOOR * g
    return torch.where(f.abs() >= floor.abs(), f, floor)


def ratio_of(g: Tensor, seed: Tensor) -> Tensor:
    """G / seed, and 0 where both are 0: a sample that neither player looks at."""
    return torch.where(seed == 0, torch.zeros_like(g), g / seed)


def per_sample(ratio: Tensor, gradient: Tensor) -> Tensor:
    """Sample i of `gradient` [B, ...] times `ratio[i]`, in place."""
    shape = (-1,) + (1,) * (gradient.ndim - 1)
    return gradient.mul_(ratio.to(gradient.dtype).view(shape))
