"""Homogeneous matrices, one for each sample.

They are put together elementwise: a matrix product would be taken in TensorFloat-32 or bfloat16
where the surroundings ask for it, and coordinates would be off by a part of a pixel.
"""

from __future__ import annotations

import torch
from torch import Tensor


def stack(rows: list[list[Tensor]]) -> Tensor:
    """[B, n, m] from n rows of m entries [B]."""
    return torch.stack([torch.stack(row, -1) for row in rows], -2)


def compose(first: Tensor, second: Tensor) -> Tensor:
    """First @ second, [B, n, n]."""
    return (first.unsqueeze(-1) * second.unsqueeze(-3)).sum(-2)


def is_identity(matrix: Tensor) -> Tensor:
    """Which samples' matrices [B, n, n] are exactly the identity, bool [B]."""
    identity = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    return (matrix == identity).flatten(1).all(1)


def scaling(x: Tensor, y: Tensor) -> Tensor:
    """diag(x, y, 1), [B, 3, 3], from two [B]."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return stack([[x, zero, zero], [zero, y, zero], [zero, zero, one]])


def translation(x: Tensor, y: Tensor) -> Tensor:
    """A shift of the plane, [B, 3, 3], from two [B]."""
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    return stack([[one, zero, x], [zero, one, y], [zero, zero, one]])


def rotation(cosine: Tensor, sine: Tensor) -> Tensor:
    """A rotation of the plane, [B, 3, 3], from two [B]."""
    zero, one = torch.zeros_like(sine), torch.ones_like(sine)
    return stack([[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, one]])
