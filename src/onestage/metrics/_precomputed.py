"""A feature network for features."""

from torch import Tensor, nn


class Precomputed(nn.Module):
    """Gives what it gets: torchmetrics wants a network, and the features exist already."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features  # without it torchmetrics sends an image of its own

    def forward(self, features: Tensor) -> Tensor:
        """Features [N, F], unchanged."""
        return features
