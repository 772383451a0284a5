"""Features in the plane."""

from __future__ import annotations

import torch
from torch import Tensor


def principal_plane(*groups: Tensor) -> list[Tensor]:
    """Each group of features [N_i, F] in the two directions along which all of them vary most.

    Principal components of the groups together, computed in float64. The sign of each is such that
    its largest entry is positive, so that pictures of the same features are the same.

    Returns:
        [N_i, 2] for each group.
    """
    everything = torch.cat(groups).double()
    mean = everything.mean(0)
    axes = torch.linalg.svd(everything - mean, full_matrices=False).Vh[:2]
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    axes = axes * largest.sign()
    return [((group.double() - mean) @ axes.T).float() for group in groups]
