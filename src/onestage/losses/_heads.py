"""Lifts formulas on one tensor of logits to whatever D returns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Tensor

from onestage._tree import Tree, tensors
from onestage.losses._base import JointLoss, Reversal, SeparableLoss, whole

Heads = Literal["sum", "mean"]


def _over_heads(
    formula: Callable[..., Tensor], logits: Callable[[Tree], Tree], heads: Heads
) -> Callable[..., Tensor]:
    """`formula` on every head of D, summed or averaged over the heads."""
    if heads not in ("sum", "mean"):
        raise ValueError(f"heads={heads!r}: terms are combined by 'sum' or 'mean' over the heads.")

    def lifted(*outputs: Tree) -> Tensor:
        per_output = [tensors(logits(output)) for output in outputs]
        check_heads(*per_output)
        terms = [formula(*head) for head in zip(*per_output, strict=True)]
        total = sum(terms[1:], terms[0])
        return total / len(terms) if heads == "mean" else total

    return lifted


def check_heads(*sides: list[Tensor]) -> None:
    """Raise `ValueError` unless there are logits, and on both sides as many heads."""
    if len({len(heads) for heads in sides}) > 1:
        real, fake = map(len, sides)
        raise ValueError(
            f"The loss compares real with fake logits head by head, and found {real} real and "
            f"{fake} fake heads. Give it a real batch, and a discriminator that returns as many "
            "heads for both."
        )
    if not sides[0]:
        raise ValueError(
            "The loss found no logits in what the discriminator returned. "
            "Return a tensor, or a tuple, list or dict of tensors, or choose them by `logits=`."
        )


def separable(
    real: Callable[[Tensor], Tensor],
    fake: Callable[[Tensor], Tensor],
    generator: Callable[[Tensor], Tensor],
    reversal: Reversal = None,
    *,
    logits: Callable[[Tree], Tree] = whole,
    heads: Heads = "sum",
) -> SeparableLoss:
    """A `SeparableLoss` from formulas on one tensor of logits each."""
    on_fakes = _over_heads(generator, logits, heads)
    return SeparableLoss(
        _over_heads(real, logits, heads),
        _over_heads(fake, logits, heads),
        lambda _, fake_outputs: on_fakes(fake_outputs),
        reversal,
        logits=logits,
    )


def joint(
    discriminator: Callable[[Tensor, Tensor], Tensor],
    generator: Callable[[Tensor, Tensor], Tensor],
    reversal: Reversal = None,
    *,
    paired: bool = True,
    logits: Callable[[Tree], Tree] = whole,
    heads: Heads = "sum",
) -> JointLoss:
    """A `JointLoss` from formulas on a pair (real, fake) of tensors of logits."""
    return JointLoss(
        _over_heads(discriminator, logits, heads),
        _over_heads(generator, logits, heads),
        reversal,
        paired=paired,
        logits=logits,
    )
