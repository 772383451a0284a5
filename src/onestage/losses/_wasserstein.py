"""The Wasserstein loss."""

from __future__ import annotations

from collections.abc import Callable

from onestage._tree import Tree
from onestage.losses._base import SeparableLoss, whole
from onestage.losses._heads import Heads, separable


def wasserstein(*, logits: Callable[[Tree], Tree] = whole, heads: Heads = "sum") -> SeparableLoss:
    """Wasserstein-1, the paper's WGAN (Arjovsky et al. 2017, algorithm 1).

        L_D = E f - E r        L_G = -E f

    Declares the reversal -1, so one stage is exact with every discriminator. D must be kept
    Lipschitz: `onestage.optim.clip_weights_(D, 0.01)` after each of its steps, or a penalty.

    Args:
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.
    """
    return separable(
        real=lambda r: -r.mean(),
        fake=lambda f: f.mean(),
        generator=lambda f: -f.mean(),
        reversal=-1.0,
        logits=logits,
        heads=heads,
    )
