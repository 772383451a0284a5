"""The relativistic average losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor
from torch.nn.functional import relu, softplus

from onestage._tree import Tree
from onestage.losses._base import JointLoss, whole
from onestage.losses._heads import Heads, joint

Form = Literal["softplus", "hinge", "least_squares"]

# What a distance from the other side's mean costs where it should be large (the first) or small.
FORMS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "softplus": (lambda d: softplus(-d), softplus),
    "hinge": (lambda d: relu(1 - d), lambda d: relu(1 + d)),
    "least_squares": (lambda d: (d - 1).square(), lambda d: (d + 1).square()),
}


def relativistic_average(
    form: Form = "softplus",
    *,
    logits: Callable[[Tree], Tree] = whole,
    heads: Heads = "sum",
) -> JointLoss:
    """Relativistic average, RaGAN (Jolicoeur-Martineau 2018, eqs. 14 and 15; ESRGAN's loss).

        L_D = E softplus(-(r - E f)) + E softplus(f - E r)
        L_G = E softplus(r - E f) + E softplus(-(f - E r))

    E f and E r are means over the whole batch of a head: the batch's size and split matter, and
    micro-batches or processes are not one batch. The author's code and ESRGAN's take half of both.

    Args:
        form: "softplus" as above; "hinge" with relu(1 - d) and relu(1 + d), or "least_squares"
            with (d - 1)^2 and (d + 1)^2 of the distance d (RaHingeGAN, RaLSGAN).
        logits: picks the logits where D returns more than logits.
        heads: whether terms are added ("sum") or averaged ("mean") over the heads of D.

    Raises:
        ValueError: for an unknown form.
    """
    if form not in FORMS:
        raise ValueError(f"form={form!r}: known forms are {', '.join(FORMS)}.")
    large, small = FORMS[form]
    return joint(
        discriminator=lambda r, f: large(r - f.mean()).mean() + small(f - r.mean()).mean(),
        generator=lambda r, f: small(r - f.mean()).mean() + large(f - r.mean()).mean(),
        paired=False,
        logits=logits,
        heads=heads,
    )
