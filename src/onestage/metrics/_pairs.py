"""Two sets of features that can be held against each other."""

from torch import Tensor


def check_pair(real: Tensor, fake: Tensor, *, at_least: int = 2) -> tuple[Tensor, Tensor]:
    """Both in float64 and without a graph, on the device of the real ones.

    Raises:
        ValueError: if their shapes do not fit each other, or a set has fewer samples than needed.
    """
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1]:
        raise ValueError(
            f"features of shapes {list(real.shape)} and {list(fake.shape)} cannot be compared; "
            "give [N, F] and [M, F] from one network."
        )
    if min(len(real), len(fake)) < at_least:
        raise ValueError(
            f"{len(real)} real and {len(fake)} generated samples have no spread; give at least "
            f"{at_least}."
        )
    return real.detach().double(), fake.detach().double().to(real.device)
