"""Density."""

from torch import Tensor

from onestage.metrics._balls import Balls
from onestage.metrics._pairs import check_pair

COVERAGE_K = 5


def density(
    real_features: Tensor,
    fake_features: Tensor,
    *,
    k: int = COVERAGE_K,
    real_balls: Balls | None = None,
) -> float:
    """How many real neighbourhoods a generated sample lies in, over what is expected.

    Naeem et al., ICML 2020, arXiv 2002.09797, eq. 4:

        1/(k M) sum_j sum_i  1[ |g_j - r_i| < |r_i - NN_k(r_i)| ]

    One lone outlier among the real samples, whose ball is large, raises precision but hardly
    density. The balls are open: a set held against itself has exactly 1.

    Args:
        real_features: [N, F], N > k.
        fake_features: [M, F].
        k: which neighbour gives the radius; the paper's is 5.
        real_balls: those of the real features and k, where they are known already.

    Returns:
        A number >= 0, on average 1 for equal distributions. It may be above 1, where generated
        samples crowd where real ones do.

    Raises:
        ValueError: if the features do not fit each other or are too few.
    """
    real, fake = check_pair(real_features, fake_features, at_least=1)
    balls = real_balls or Balls(real, k)
    return balls.count(fake).double().mean().item() / k
