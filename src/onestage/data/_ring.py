"""Points in the plane."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import Dataset

from onestage.data._source import check_index

_MODES, _RADIUS, _STD = 8, 1.0, 0.05
_POINTS, _SEED = 20_000, 0


class RingSource(Dataset[Tensor]):
    """Eight Gaussians on a circle, the smallest set on which a generator can lose modes.

    20,000 points, as many of each Gaussian, in an order that is always the same. The circle of
    Metz et al. (Unrolled GANs, ICLR 2017, section 3.1) with radius 1 and standard deviation 0.05.

    Attributes:
        centres: the means, float32 [8, 2].
        std: the standard deviation in each direction.
        labels: the Gaussian of each point, int64 [N].
    """

    name = "ring"

    def __init__(self) -> None:
        angles = torch.arange(_MODES) * (2 * math.pi / _MODES)
        self.centres = _RADIUS * torch.stack([angles.cos(), angles.sin()], 1)
        self.std = _STD
        self.labels = torch.arange(_POINTS) % _MODES
        noise = torch.randn(_POINTS, 2, generator=torch.Generator().manual_seed(_SEED))
        self.points = self.centres[self.labels] + _STD * noise  # [N, 2]

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, index: int, /) -> Tensor:
        """Point number `index`, float32 [2]."""
        return self.points[check_index(index, len(self))]

    def fetch(self, indices: Sequence[int]) -> tuple[Tensor, list[int]]:
        """A batch at once, float32 [B, 2], and what is in it."""
        chosen = list(indices)
        return self.points[chosen], chosen
