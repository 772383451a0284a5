"""The hinge loss."""

from __future__ import annotations

from collections.abc import Callable

from torch.nn.functional import relu

from onestage._tree import Tree
from onestage.losses._base import SeparableLoss, whole
from onestage.losses._heads import Heads, separable


def hinge(*, logits: Callable[[Tree], Tree] = whole, heads: Heads = "sum") -> SeparableLoss:
    """Hinge, the paper's GeoGAN (Lim and Ye 2017, Geometric GAN).

        L_D = E relu(1 - r) + E relu(1 + f)        L_G = -E f

    Args:
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.
    """
    return separable(
        real=lambda r: relu(1 - r).mean(),
        fake=lambda f: relu(1 + f).mean(),
        generator=lambda f: -f.mean(),
        logits=logits,
        heads=heads,
    )
