"""Points in the plane against a known mixture."""

from functools import cached_property
from typing import Protocol, TypedDict

import torch
from torch import Tensor

from onestage._version import __version__
from onestage.metrics._frechet import frechet_distance
from onestage.metrics._hash import hash_tensors
from onestage.metrics._modes import RADIUS, count_modes

_MIN_SAMPLES = 1


class PointSource(Protocol):
    """Points whose distribution is known, as `onestage.data`'s `ring`.

    Attributes:
        name: short name.
        centres: the means of the Gaussians, [K, D].
        std: their standard deviation in each direction.
    """

    name: str
    centres: Tensor
    std: float

    def __len__(self) -> int:
        """Number of points."""
        ...

    def __getitem__(self, index: int, /) -> Tensor:
        """Point number `index`, float32 [D]."""
        ...


class PointRecord(TypedDict):
    """What was measured of points, and with what. It can be written as JSON."""

    modes: list[int]
    """Good points at each mode."""
    num_modes: int
    """Modes that are covered."""
    good_share: float
    """Share of points within the radius of a mode."""
    fid: float
    """Frechet distance of the points themselves."""
    num_samples: int
    """Number of generated points."""
    num_centres: int
    """Modes that there are."""
    std: float
    """Standard deviation of a mode."""
    radius: float
    """Of a mode, in standard deviations."""
    min_samples: int
    """Good points that make a mode count."""
    feature_network: str
    """"none": the points are the features."""
    num_features: int
    """Coordinates of a point."""
    reference: str
    """Name of the source."""
    num_reference: int
    """Number of real points."""
    reference_sha256: str
    """Hash of the real points."""
    version: str
    """Version of this package."""
    torch: str
    """Version of PyTorch."""


class PointEvaluator:
    """Measures generated points against a source of points.

    Args:
        source: the real points, all of them.
        radius: of a mode, in standard deviations; see `count_modes`.
        min_samples: good points that make a mode count.
    """

    def __init__(
        self, source: PointSource, *, radius: float = RADIUS, min_samples: int = _MIN_SAMPLES
    ) -> None:
        self._source = source
        self._radius, self._min_samples = radius, min_samples

    def __call__(self, fake_points: Tensor) -> PointRecord:
        """Measure generated points [N, D], N >= 2.

        Raises:
            ValueError: if their shape does not fit the source, or they are not finite.
            ModuleNotFoundError: if torchmetrics is not installed.
        """
        source, (real, sha256) = self._source, self._real
        modes = count_modes(
            fake_points,
            source.centres,
            std=source.std,
            radius=self._radius,
            min_samples=self._min_samples,
        )
        return PointRecord(
            modes=list(modes.counts),
            num_modes=modes.num_modes,
            good_share=modes.good_share,
            fid=frechet_distance(real, fake_points),
            num_samples=len(fake_points),
            num_centres=len(source.centres),
            std=source.std,
            radius=self._radius,
            min_samples=self._min_samples,
            feature_network="none",
            num_features=real.shape[1],
            reference=source.name,
            num_reference=len(real),
            reference_sha256=sha256,
            version=__version__,
            torch=torch.__version__,
        )

    @cached_property
    def _real(self) -> tuple[Tensor, str]:
        points = torch.stack([self._source[index] for index in range(len(self._source))])
        return points, hash_tensors({"points": points})


def evaluate_points(
    fake_points: Tensor,
    source: PointSource,
    *,
    radius: float = RADIUS,
    min_samples: int = _MIN_SAMPLES,
) -> PointRecord:
    """Measure points [N, D] against a source once; as `PointEvaluator` does."""
    return PointEvaluator(source, radius=radius, min_samples=min_samples)(fake_points)
