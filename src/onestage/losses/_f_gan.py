"""The f-GAN family: one loss for each f-divergence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import softplus

from onestage._tree import Tree
from onestage.losses._base import SeparableLoss, whole
from onestage.losses._heads import Heads, separable


class _Divergence(NamedTuple):
    activation: Callable[[Tensor], Tensor]  # a(v): the output activation g_f of the paper
    conjugate: Callable[[Tensor], Tensor]  # s(a(v)): f*, composed with it in closed form


# Closed forms, since s and a one after the other overflow or cancel where their composition does
# not: for the Jensen-Shannon divergence s(a(v)) = -log(2 - 2 sigmoid(v)).
DIVERGENCES: dict[str, _Divergence] = {
    "kl": _Divergence(lambda v: v, lambda v: torch.exp(v - 1)),
    "reverse_kl": _Divergence(lambda v: -torch.exp(-v), lambda v: v - 1),
    "pearson": _Divergence(lambda v: v, lambda v: 0.25 * v.square() + v),
    "squared_hellinger": _Divergence(lambda v: -torch.expm1(-v), torch.expm1),
    "jensen_shannon": _Divergence(
        lambda v: math.log(2) - softplus(-v), lambda v: softplus(v) - math.log(2)
    ),
    "gan": _Divergence(lambda v: -softplus(-v), softplus),
}


def f_gan(
    divergence: str = "jensen_shannon",
    *,
    saturating: bool = True,
    logits: Callable[[Tree], Tree] = whole,
    heads: Heads = "sum",
) -> SeparableLoss:
    """f-GAN (Nowozin et al. 2016, eq. 6, tables 2 and 6), with a and s of the divergence.

        L_D = -E a(r) + E s(a(f))
        L_G = -E s(a(f)) saturating, -E a(f) alternative (section 3.2)

    The saturating form declares the reversal -1: it is the single-step optimisation of the paper's
    algorithm 1, exact with every discriminator.

    Args:
        divergence: "kl", "reverse_kl", "pearson", "squared_hellinger", "jensen_shannon" or "gan".
        saturating: which L_G.
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.

    Raises:
        ValueError: for an unknown divergence.
    """
    if divergence not in DIVERGENCES:
        known = ", ".join(DIVERGENCES)
        raise ValueError(f"divergence={divergence!r}: known divergences are {known}.")
    a, s_of_a = DIVERGENCES[divergence]
    return separable(
        real=lambda r: -a(r).mean(),
        fake=lambda f: s_of_a(f).mean(),
        generator=(lambda f: -s_of_a(f).mean()) if saturating else (lambda f: -a(f).mean()),
        reversal=-1.0 if saturating else None,
        logits=logits,
        heads=heads,
    )
