"""Coverage."""

from torch import Tensor

from onestage.metrics._balls import Balls
from onestage.metrics._density import COVERAGE_K
from onestage.metrics._pairs import check_pair


def coverage(
    real_features: Tensor,
    fake_features: Tensor,
    *,
    k: int = COVERAGE_K,
    real_balls: Balls | None = None,
) -> float:
    """The share of real samples with a generated one in their neighbourhood.

    Naeem et al., ICML 2020, arXiv 2002.09797, eq. 5:

        1/N sum_i  1[ some j:  |g_j - r_i| <= |r_i - NN_k(r_i)| ]

    The balls are those of the real samples, so that a generated outlier adds nothing, as it does to
    recall. For equal distributions and N = M it is 1 - 2^-k on average, 0.97 for k = 5.

    Args:
        real_features: [N, F], N > k.
        fake_features: [M, F].
        k: which neighbour gives the radius; the paper's is 5.
        real_balls: those of the real features and k, where they are known already.

    Returns:
        A share, 0 to 1.

    Raises:
        ValueError: if the features do not fit each other or are too few.
    """
    real, fake = check_pair(real_features, fake_features, at_least=1)
    balls = real_balls or Balls(real, k)
    return balls.hit_by(fake).double().mean().item()
