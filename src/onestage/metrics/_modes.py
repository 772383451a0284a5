"""Modes of toy sets."""

from dataclasses import dataclass

import torch
from torch import Tensor

RADIUS = 3.0


@dataclass(frozen=True)
class Modes:
    """How generated points lie about the modes of a known mixture.

    Attributes:
        counts: good points of each mode.
        num_modes: modes that are covered.
        good_share: share of the points that are good.
    """

    counts: tuple[int, ...]
    num_modes: int
    good_share: float


def count_modes(
    points: Tensor, centres: Tensor, *, std: float, radius: float = RADIUS, min_samples: int = 1
) -> Modes:
    """Modes covered and share of good points, of a mixture of equal Gaussians.

    A point is good if it lies within `radius` standard deviations of its nearest centre, and a mode
    is covered if at least `min_samples` good points are nearest to it: the measures of VEEGAN
    (Srivastava et al., NeurIPS 2017, arXiv 1705.07761, section 5.1) and PacGAN (Lin et al., NeurIPS
    2018, arXiv 1712.04086, section 4.1), which use 2,500 points, on the ring of the unrolled GAN
    (Metz et al., ICLR 2017, arXiv 1611.02163, section 3.1). Of a Gaussian in the plane itself 1.1 %
    of the points lie farther out than 3 standard deviations.

    Args:
        points: [N, D], N >= 1.
        centres: [K, D].
        std: standard deviation of a Gaussian in each direction.
        radius: in standard deviations.
        min_samples: good points that make a mode count.

    Raises:
        ValueError: if shapes do not fit, or there are no points, or they are not finite.
    """
    _check(points, centres, std)
    distances = torch.cdist(
        points.detach().double(),
        centres.to(points.device, torch.float64),
        compute_mode="donot_use_mm_for_euclid_dist",
    )
    distance, nearest = distances.min(dim=1)
    good = distance <= radius * std
    counts = nearest[good].bincount(minlength=len(centres))
    return Modes(
        counts=tuple(counts.tolist()),
        num_modes=int((counts >= min_samples).sum()),
        good_share=good.double().mean().item(),
    )


def _check(points: Tensor, centres: Tensor, std: float) -> None:
    if points.ndim != 2 or centres.ndim != 2 or points.shape[1] != centres.shape[1]:
        raise ValueError(
            f"points of shape {list(points.shape)} do not fit centres of shape "
            f"{list(centres.shape)}; give [N, D] and [K, D]."
        )
    if not len(points) or not len(centres) or std <= 0:
        raise ValueError(
            f"{len(points)} points, {len(centres)} centres and std={std} have no modes; give at "
            "least one of each and a positive std."
        )
    if not points.isfinite().all():
        raise ValueError("points contain NaN or infinity: the generator has diverged.")
