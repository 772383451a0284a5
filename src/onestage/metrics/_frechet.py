"""FID."""

from torch import Tensor

from onestage.metrics._library import missing
from onestage.metrics._pairs import check_pair
from onestage.metrics._precomputed import Precomputed


def frechet_distance(real_features: Tensor, fake_features: Tensor) -> float:
    """Squared Frechet distance of two Gaussians fitted to the features.

    FID where the features are Inception's (Heusel et al., NeurIPS 2017, arXiv 1706.08500, eq. 6):

        |m_r - m_g|^2 + tr(C_r + C_g - 2 (C_r C_g)^(1/2))

    with means m and covariances C of real and generated features. It is biased upwards, the more so
    the fewer the samples: compare at equal numbers only. With no more samples than features a
    covariance is singular, and the number says little.

    Args:
        real_features: [N, F], N >= 2.
        fake_features: [M, F], M >= 2.

    Returns:
        A number >= 0, computed by torchmetrics in float64 on the CPU.

    Raises:
        ValueError: if the features do not fit each other or are too few.
        ModuleNotFoundError: if torchmetrics is not installed.
    """
    real, fake = check_pair(real_features.cpu(), fake_features)
    centre = real.mean(dim=0)  # moving both changes nothing but the rounding
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance
    except ModuleNotFoundError as error:
        raise missing(error) from error
    # One of several processes measures, and would wait for the rest.
    metric = FrechetInceptionDistance(Precomputed(real.shape[1]), sync_on_compute=False)
    metric.update(real - centre, real=True)
    metric.update(fake - centre, real=False)
    return max(metric.compute().item(), 0.0)  # of equal sets it is 0 less a rounding error
