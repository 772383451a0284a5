"""The least-squares loss."""

from __future__ import annotations

from collections.abc import Callable

from onestage._tree import Tree
from onestage.losses._base import SeparableLoss, whole
from onestage.losses._heads import Heads, separable


def least_squares(
    *, factor: float = 0.5, logits: Callable[[Tree], Tree] = whole, heads: Heads = "sum"
) -> SeparableLoss:
    """Least squares, LSGAN (Mao et al. 2017, eq. 9).

        L_D = factor (E (r - 1)^2 + E f^2)        L_G = factor E (f - 1)^2

    Args:
        factor: 1/2 as in the paper; vocoders (HiFi-GAN and its kin) use 1.
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.
    """
    return separable(
        real=lambda r: factor * (r - 1).square().mean(),
        fake=lambda f: factor * f.square().mean(),
        generator=lambda f: factor * (f - 1).square().mean(),
        logits=logits,
        heads=heads,
    )
