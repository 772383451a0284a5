"""The relativistic pairing loss."""

from __future__ import annotations

from collections.abc import Callable

from torch.nn.functional import softplus

from onestage._tree import Tree
from onestage.losses._base import JointLoss, whole
from onestage.losses._heads import Heads, joint


def relativistic(*, logits: Callable[[Tree], Tree] = whole, heads: Heads = "sum") -> JointLoss:
    """Relativistic pairs, RpGAN: the paper's RelGAN row, and R3GAN's loss.

        L_D = E softplus(-(r - f))        L_G = E softplus(-(f - r))

    r and f are paired by index and must have equal shapes (Jolicoeur-Martineau 2018, section
    4.1; Huang et al. 2024, eq. 2).

    Args:
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.
    """
    return joint(
        discriminator=lambda r, f: softplus(f - r).mean(),
        generator=lambda r, f: softplus(r - f).mean(),
        logits=logits,
        heads=heads,
    )
