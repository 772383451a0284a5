"""How far the student is from the teacher, and what the generator makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn import functional as F

Reduction: TypeAlias = Literal["batchmean", "elementmean"]


@dataclass(frozen=True)
class Discrepancy:
    """L_S = D(S(x), T(x)) for the student, and L_G = phi(L_S) for the generator.

    As L_G is a function of the one number L_S, its gradient is phi'(L_S) times that of L_S, for
    every value of both networks' logits: a reversal, which one walk back serves.

    Attributes:
        name: what it is called in records.
        distance: D, a scalar of the student's and the teacher's logits [B, ...], differentiable
            by both.
        phi: L_G of L_S; falling, so that the generator looks for where the two differ.
        slope: phi' of L_S, a float where it is constant.
    """

    name: str
    distance: Callable[[Tensor, Tensor], Tensor]
    phi: Callable[[Tensor], Tensor] = torch.neg
    slope: float | Callable[[Tensor], Tensor] = -1.0


def l1() -> Discrepancy:
    """D = mean |s - t| over all logits, L_G = -D: DFAD (Fang et al., arXiv 1912.11006, eq. 2)."""
    return Discrepancy("l1", F.l1_loss)


def log_l1() -> Discrepancy:
    """D = mean |s - t|, L_G = -log(1 + D): DFAD's generator where L_S is large (segmentation).

    The slope -1 / (1 + D) is one number for the batch, known once the logits are.
    """
    return Discrepancy(
        "log-l1",
        F.l1_loss,
        phi=lambda value: -torch.log1p(value),
        slope=lambda value: -1 / (1 + value),
    )


def kl(reduction: Reduction = "batchmean", *, temperature: float = 1.0) -> Discrepancy:
    """D = KL(softmax(t / c) || softmax(s / c)), L_G = -D: ZSKT (Micaelli and Storkey 2019, eq. 1).

    Args:
        reduction: "batchmean", the sum over classes and the mean over samples, is the divergence;
            "elementmean" divides by the number of classes as well, as `reduction="mean"` of
            PyTorch's `kl_div` does, which published code often has.
        temperature: c, above 0. The result is not multiplied by its square.

    Raises:
        ValueError: for another reduction, or a temperature that is not above 0.
    """
    if reduction not in ("batchmean", "elementmean"):
        raise ValueError(f"reduction={reduction!r} is none of 'batchmean' and 'elementmean'.")
    if not temperature > 0:
        raise ValueError(f"temperature={temperature} cannot divide logits; give one above 0.")

    def distance(s: Tensor, t: Tensor) -> Tensor:
        student, teacher = (F.log_softmax(x / temperature, dim=1) for x in (s, t))
        terms = teacher.exp() * (teacher - student)
        return terms.sum() / len(terms) if reduction == "batchmean" else terms.mean()

    return Discrepancy(f"kl-{reduction}", distance)


DISCREPANCIES: dict[str, Callable[[], Discrepancy]] = {
    "l1": l1,
    "log-l1": log_l1,
    "kl-batchmean": kl,
    "kl-elementmean": lambda: kl("elementmean"),
}


def as_discrepancy(which: str | Discrepancy) -> Discrepancy:
    """The discrepancy of that name, or the one given.

    Raises:
        ValueError: for an unknown name.
    """
    if isinstance(which, Discrepancy):
        return which
    if which not in DISCREPANCIES:
        raise ValueError(f"Unknown discrepancy {which!r}. Known: {', '.join(DISCREPANCIES)}.")
    return DISCREPANCIES[which]()
