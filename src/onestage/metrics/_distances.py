"""Distances between two sets of features, through torchmetrics."""

import warnings

import torch
from torch import Tensor, nn

# Half the usual 100 and 1,000: a fifth of a second, so that it can be taken during training.
SUBSETS, SUBSET_SIZE = 50, 500


class _Precomputed(nn.Module):
    """A feature network for features: it gives what it gets."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features  # without it torchmetrics sends an image of its own

    def forward(self, features: Tensor) -> Tensor:
        return features


def frechet_distance(real_features: Tensor, fake_features: Tensor) -> float:
    """Squared Frechet distance of two Gaussians fitted to the features.

    FID where the features are Inception's (Heusel et al., NeurIPS 2017, arXiv 1706.08500, eq. 6).
    It is biased upwards, the more so the fewer the samples: compare at equal numbers only.

    Args:
        real_features: [N, F], N >= 2.
        fake_features: [M, F], M >= 2.

    Returns:
        A number >= 0, computed in float64.

    Raises:
        ValueError: If the features do not fit each other or are too few.
        ModuleNotFoundError: If torchmetrics is not installed.
    """
    real, fake = _check(real_features, fake_features)
    centre = real.mean(dim=0)  # moving both changes nothing but the rounding
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    metric = FrechetInceptionDistance(_Precomputed(real.shape[1]))
    metric.update(real - centre, real=True)
    metric.update(fake - centre, real=False)
    return max(metric.compute().item(), 0.0)  # of equal sets it is 0 less a rounding error


def kernel_distance(
    real_features: Tensor,
    fake_features: Tensor,
    *,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = 0,
) -> tuple[float, float]:
    """Squared maximum mean discrepancy with a cubic kernel, over random subsets.

    KID where the features are Inception's (Binkowski et al., ICLR 2018, arXiv 1801.01401). It is
    unbiased: for equal distributions its mean is 0, and a value may be negative.

    Args:
        real_features: [N, F], N >= 2.
        fake_features: [M, F], M >= 2.
        subsets: Number of subsets.
        subset_size: Samples in a subset; at most min(N, M) are taken.
        seed: Which subsets. The global random state is left alone.

    Returns:
        Mean and standard deviation over the subsets, computed in float64.

    Raises:
        ValueError: If the features do not fit each other or are too few.
        ModuleNotFoundError: If torchmetrics is not installed.
    """
    real, fake = _check(real_features, fake_features)
    try:
        from torchmetrics.image.kid import KernelInceptionDistance
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    with warnings.catch_warnings():
        # It warns that it keeps the features; they exist already.
        warnings.simplefilter("ignore", UserWarning)
        metric = KernelInceptionDistance(
            _Precomputed(real.shape[1]),
            subsets=subsets,
            subset_size=min(subset_size, len(real), len(fake)),
        )
    metric.update(real, real=True)
    metric.update(fake, real=False)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        mean, std = metric.compute()
    return mean.item(), std.item()


def _check(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"features of shapes {list(real.shape)} and {list(fake.shape)} cannot be compared; "
            "give [N, F] and [M, F] from one network."
        )
    if min(len(real), len(fake)) < 2:
        raise ValueError(
            f"{len(real)} real and {len(fake)} generated samples have no spread; give at least 2."
        )
    return real.detach().double().cpu(), fake.detach().double().cpu()


def _missing(error: ModuleNotFoundError) -> ModuleNotFoundError:
    return ModuleNotFoundError(
        f"distances need {error.name}, which is not installed; pip install 'onestage[demo]'."
    )
