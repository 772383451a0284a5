"""Normalisation by name."""

from collections.abc import Sequence
from math import gcd
from typing import Literal, get_args

from torch import nn

Norm = Literal["batch", "group", "none"]

_MAX_GROUPS = 32


def check_norm(norm: str, known: Sequence[str] = get_args(Norm)) -> None:
    """Raise `ValueError` for a name that is not one of the `known` normalisations."""
    if norm not in known:
        raise ValueError(
            f"norm={norm!r} is not known; choose one of {', '.join(map(repr, known))}."
        )


def build_norm(norm: str, width: int) -> nn.Module:
    """The normalisation layer `norm` for feature maps [B, width, H, W].

    Group normalisation takes 32 groups (Wu and He, ECCV 2018), or the largest number that divides
    both 32 and the width.
    """
    check_norm(norm)
    if norm == "batch":
        return nn.BatchNorm2d(width)
    if norm == "group":
        return nn.GroupNorm(gcd(_MAX_GROUPS, width), width)
    return nn.Identity()
