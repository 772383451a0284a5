"""Recall."""

from torch import Tensor

from onestage.metrics._balls import Balls
from onestage.metrics._pairs import check_pair
from onestage.metrics._precision import PRECISION_K


def recall(real_features: Tensor, fake_features: Tensor, *, k: int = PRECISION_K) -> float:
    """The share of real samples that could have been generated.

    "Improved recall" (Kynkaanniemi et al., NeurIPS 2019, arXiv 1904.06991, eqs. 1 and 2), which is
    precision with the two sets exchanged:

        1/N sum_i  1[ some j:  |r_i - g_j| <= |g_j - NN_k(g_j)| ]

    Args:
        real_features: [N, F].
        fake_features: [M, F], M > k.
        k: which neighbour gives the radius; the paper's is 3.

    Returns:
        A share, 0 to 1.

    Raises:
        ValueError: if the features do not fit each other or are too few.
    """
    real, fake = check_pair(real_features, fake_features, at_least=1)
    return Balls(fake, k).contain(real).double().mean().item()
