"""Precision."""

from torch import Tensor

from onestage.metrics._balls import Balls
from onestage.metrics._pairs import check_pair

PRECISION_K = 3


def precision(
    real_features: Tensor,
    fake_features: Tensor,
    *,
    k: int = PRECISION_K,
    real_balls: Balls | None = None,
) -> float:
    """The share of generated samples that could be real ones.

    "Improved precision" (Kynkaanniemi et al., NeurIPS 2019, arXiv 1904.06991, eqs. 1 and 2):

        1/M sum_j  1[ some i:  |g_j - r_i| <= |r_i - NN_k(r_i)| ]

    with real features r and generated ones g; NN_k is the k-th nearest of the other real samples.

    Args:
        real_features: [N, F], N > k.
        fake_features: [M, F].
        k: which neighbour gives the radius; the paper's is 3.
        real_balls: those of the real features and k, where they are known already.

    Returns:
        A share, 0 to 1.

    Raises:
        ValueError: if the features do not fit each other or are too few.
    """
    real, fake = check_pair(real_features, fake_features, at_least=1)
    balls = real_balls or Balls(real, k)
    return balls.contain(fake).double().mean().item()
