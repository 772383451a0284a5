"""The original minimax game."""

from __future__ import annotations

from collections.abc import Callable

from torch.nn.functional import softplus

from onestage._tree import Tree
from onestage.losses._base import SeparableLoss, whole
from onestage.losses._heads import Heads, separable


def minimax(*, logits: Callable[[Tree], Tree] = whole, heads: Heads = "sum") -> SeparableLoss:
    """Minimax, L_G = -L_D^f: the paper's symmetric DCGAN (Goodfellow et al. 2014, eq. 1).

        L_D = E softplus(-r) + E softplus(f)        L_G = -E softplus(f)

    Declares the reversal -1, so one stage is exact with every discriminator.

    Args:
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.
    """
    return separable(
        real=lambda r: softplus(-r).mean(),
        fake=lambda f: softplus(f).mean(),
        generator=lambda f: -softplus(f).mean(),
        reversal=-1.0,
        logits=logits,
        heads=heads,
    )
