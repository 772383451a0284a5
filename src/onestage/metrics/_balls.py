"""Balls around samples: the estimate of a manifold that four metrics share."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

_BLOCK_ELEMENTS = 2**20  # of a block of distances: 8 MiB
_ROUNDING = 64 * torch.finfo(torch.float64).eps
_SLACK = 1e-9  # of a squared radius: on the border rounding does not decide


class Balls:
    """A ball around each sample that reaches to its k-th nearest neighbour among the others.

    Distances are taken in float64 on the features' device, a block of at most 2^20 at a time, so
    that the memory does not grow with the product of the two numbers of samples.

    Args:
        features: [N, F], N > k.
        k: which neighbour.

    Attributes:
        squared_radii: float64 [N].

    Raises:
        ValueError: if there are too few samples for a k-th neighbour.
    """

    def __init__(self, features: Tensor, k: int) -> None:
        if not 1 <= k < len(features):
            raise ValueError(
                f"{len(features)} samples have no neighbour number {k}; give more samples than k, "
                "and k of at least 1."
            )
        self._features = features.detach().double()
        # A sample is its own nearest: the k-th other one is number k + 1.
        self.squared_radii = _reduce(
            self._features,
            self._features,
            lambda block: block.kthvalue(k + 1, dim=1).values,
            torch.float64,
        )

    def contain(self, points: Tensor) -> Tensor:
        """Whether each of the points [M, F] lies in a closed ball; bool [M]."""
        closed = self.squared_radii * (1 + _SLACK)
        return _reduce(
            points, self._features, lambda block: (block <= closed).any(dim=1), torch.bool
        )

    def count(self, points: Tensor) -> Tensor:
        """In how many open balls each of the points [M, F] lies; int64 [M]."""
        opened = self.squared_radii * (1 - _SLACK)
        return _reduce(
            points, self._features, lambda block: (block < opened).sum(dim=1), torch.int64
        )

    def hit_by(self, points: Tensor) -> Tensor:
        """Whether each closed ball holds at least one of the points [M, F]; bool [N]."""
        closed = self.squared_radii * (1 + _SLACK)
        nearest = _reduce(self._features, points, lambda block: block.amin(dim=1), torch.float64)
        return nearest <= closed


def _reduce(
    points: Tensor, centres: Tensor, reduce: Callable[[Tensor], Tensor], dtype: torch.dtype
) -> Tensor:
    """A value [M] for each row of squared distances.

    They go into one tensor made beforehand: small ones kept between large ones that come and go
    would break the free memory into pieces that none of the next fits into.
    """
    result, done = torch.empty(len(points), dtype=dtype, device=centres.device), 0
    for block in _squared_distances(points, centres):
        result[done : done + len(block)] = reduce(block)
        done += len(block)
    return result


def _squared_distances(points: Tensor, centres: Tensor) -> Iterator[Tensor]:
    """Blocks [B, N] of the squared distances [M, N] of points [M, F] to centres [N, F]."""
    offset = centres.mean(dim=0)  # the nearer to the origin, the smaller the rounding
    points, centres = points.detach().to(centres) - offset, centres - offset
    lengths = centres.square().sum(dim=1)
    for block in points.split(max(1, _BLOCK_ELEMENTS // len(centres))):
        sums = block.square().sum(dim=1, keepdim=True) + lengths
        squares = torch.addmm(sums, block, centres.T, alpha=-2)
        # The difference of equal samples is a rounding error, and they have to be found equal.
        yield squares.masked_fill_(squares < _ROUNDING * sums, 0.0)
