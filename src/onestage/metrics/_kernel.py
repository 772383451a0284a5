"""KID."""

import warnings

import torch
from torch import Tensor

from onestage.metrics._library import missing
from onestage.metrics._pairs import check_pair
from onestage.metrics._precomputed import Precomputed

# Half the usual 100 and 1,000: a fifth of a second, so that it can be taken during training.
SUBSETS, SUBSET_SIZE = 50, 500


def kernel_distance(
    real_features: Tensor,
    fake_features: Tensor,
    *,
    subsets: int = SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = 0,
) -> tuple[float, float]:
    """Squared maximum mean discrepancy with a cubic kernel, over random subsets.

    KID where the features are Inception's (Binkowski et al., ICLR 2018, arXiv 1801.01401):

        E k(r, r') + E k(g, g') - 2 E k(r, g),    k(a, b) = (a . b / F + 1)^3

    It is unbiased: for equal distributions its mean is 0, and a value may be negative.

    Args:
        real_features: [N, F], N >= 2.
        fake_features: [M, F], M >= 2.
        subsets: number of subsets.
        subset_size: samples in a subset; at most min(N, M) are taken.
        seed: which subsets. The global random state is left alone.

    Returns:
        Mean and standard deviation over the subsets, computed by torchmetrics in float64 on the
        CPU.

    Raises:
        ValueError: if the features do not fit each other or are too few.
        ModuleNotFoundError: if torchmetrics is not installed.
    """
    real, fake = check_pair(real_features.cpu(), fake_features)
    try:
        from torchmetrics.image.kid import KernelInceptionDistance
    except ModuleNotFoundError as error:
        raise missing(error) from error
    with warnings.catch_warnings():
        # It warns that it keeps the features; they exist already.
        warnings.simplefilter("ignore", UserWarning)
        metric = KernelInceptionDistance(
            Precomputed(real.shape[1]),
            subsets=subsets,
            subset_size=min(subset_size, len(real), len(fake)),
            sync_on_compute=False,  # one of several processes measures, and would wait for the rest
        )
    metric.update(real, real=True)
    metric.update(fake, real=False)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        mean, std = metric.compute()
    return mean.item(), std.item()
