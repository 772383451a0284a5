"""Attention transfer: a term that the student alone has."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class AttentionTransfer:
    """Weight times the sum over layers of mean (a_S - a_T)^2, a the attention of a map.

        a(A) = q / ||q||, q = mean over channels of A^2, flattened to [B, H W]

    ZSKT's second term of L_S (Micaelli and Storkey, NeurIPS 2019, arXiv 1905.09768, eq. 2), after
    Zagoruyko and Komodakis (ICLR 2017). The generator's loss is without it, so both players want
    different things of the same logits and the student's graph is walked twice.

    Args:
        student_layers: names of the student's modules whose outputs [B, C, H, W] are compared.
        teacher_layers: the teacher's, in the same order; maps of a pair have the same H and W.
        weight: beta; 250 as published.

    Raises:
        ValueError: if the two are not as many, or there are none.
    """

    student_layers: Sequence[str]
    teacher_layers: Sequence[str]
    weight: float = 250.0

    def __post_init__(self) -> None:
        student, teacher = len(self.student_layers), len(self.teacher_layers)
        if student != teacher or not student:
            raise ValueError(
                f"Attention compares layers in pairs, and was given {student} of the student and "
                f"{teacher} of the teacher; name as many of each."
            )

    def distance(self, student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
        """The weighted term of attentions [B, H W]."""
        pairs = zip(student, teacher, strict=True)
        return self.weight * torch.stack([(s - t).square().mean() for s, t in pairs]).sum()


def attention(maps: Tensor) -> Tensor:
    """Where a map [B, C, H, W] is large, [B, H W] of length 1."""
    return F.normalize(maps.square().mean(dim=1).flatten(1), dim=1)


def find_layers(network: Any, names: Sequence[str], owner: str) -> list[nn.Module]:
    """The modules of those names.

    Raises:
        ValueError: if the network is no module, or has none of that name.
    """
    if not isinstance(network, nn.Module):
        raise ValueError(f"Layers are named within an nn.Module, and the {owner} is none.")
    known = dict(network.named_modules())
    for name in names:
        if name not in known:
            raise ValueError(
                f"The {owner} has no layer {name!r}. It has: {', '.join(filter(None, known))}."
            )
    return [known[name] for name in names]


@contextlib.contextmanager
def attentions(layers: Sequence[nn.Module]) -> Iterator[list[Tensor]]:
    """A list that is filled with the attentions of the layers' outputs while the block runs."""
    found: list[Tensor | None] = [None] * len(layers)

    def keep(index: int) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Tensor) -> None:
            found[index] = attention(output)

        return hook

    handles = [layer.register_forward_hook(keep(i)) for i, layer in enumerate(layers)]
    try:
        yield found  # type: ignore[misc]  # filled by the forward
    finally:
        for handle in handles:
            handle.remove()
