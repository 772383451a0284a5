"""The non-saturating loss."""

from __future__ import annotations

from collections.abc import Callable

from torch.nn.functional import softplus

from onestage._tree import Tree
from onestage.losses._base import SeparableLoss, whole
from onestage.losses._heads import Heads, separable


def nonsaturating(*, logits: Callable[[Tree], Tree] = whole, heads: Heads = "sum") -> SeparableLoss:
    """Non-saturating, the paper's asymmetric DCGAN (Goodfellow et al. 2014, section 3).

        L_D = E softplus(-r) + E softplus(f)        L_G = E softplus(-f)

    Args:
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.
    """
    return separable(
        real=lambda r: softplus(-r).mean(),
        fake=lambda f: softplus(f).mean(),
        generator=lambda f: softplus(-f).mean(),
        logits=logits,
        heads=heads,
    )
