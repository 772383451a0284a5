"""The boundary-seeking loss."""

from __future__ import annotations

from collections.abc import Callable

from torch.nn.functional import softplus

from onestage._tree import Tree
from onestage.losses._base import SeparableLoss, whole
from onestage.losses._heads import Heads, separable


def boundary_seeking(
    *, logits: Callable[[Tree], Tree] = whole, heads: Heads = "sum"
) -> SeparableLoss:
    """Boundary seeking, BGAN (Hjelm et al. 2018, eq. 12): G looks for D's boundary, f = 0.

        L_D = E softplus(-r) + E softplus(f)        L_G = 1/2 E f^2

    In the paper's terms L_G is 1/2 E (log D - log(1 - D))^2, and f = log D - log(1 - D).

    Args:
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.
    """
    return separable(
        real=lambda r: softplus(-r).mean(),
        fake=lambda f: softplus(f).mean(),
        generator=lambda f: 0.5 * f.square().mean(),
        logits=logits,
        heads=heads,
    )
