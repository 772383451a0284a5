"""Normalisation by name."""

from collections.abc import Sequence
from math import gcd
from typing import Literal, get_args

import torch
from torch import Tensor, nn

Norm = Literal["batch", "group", "none"]

_MAX_GROUPS = 32


class GroupNorm2d(nn.GroupNorm):
    """`nn.GroupNorm` for feature maps; on the CPU always by the kernel for contiguous ones.

    PyTorch's CPU kernel for channels_last takes many times as long, forwards and backwards, which
    is more than the convolutions gain from the format.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalised maps [B, C, H, W], in the memory format of the input."""
        is_channels_last = input.stride(1) == 1  # asked so, vmap can answer
        if input.device.type != "cpu" or not is_channels_last:
            return super().forward(input)
        normalized = super().forward(input.contiguous())
        return normalized.contiguous(memory_format=torch.channels_last)


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
        return GroupNorm2d(gcd(_MAX_GROUPS, width), width)
    return nn.Identity()
