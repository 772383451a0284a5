"""What would have come of the source alone."""

from __future__ import annotations

from copy import deepcopy

from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import Adam


class Control:
    """A copy of the features and of the classifier that learns from the source alone.

    Same weights to begin with, same batches, same optimiser: the difference is the adaptation.

    Args:
        features: copied.
        classifier: copied.
        learning_rate: Adam's to begin with.
        betas: Adam's.

    Attributes:
        features: the copy.
        classifier: the copy.
        optimizer: of both.
    """

    def __init__(
        self,
        features: nn.Module,
        classifier: nn.Module,
        learning_rate: float,
        betas: tuple[float, float],
    ) -> None:
        self.features = deepcopy(features)
        self.classifier = deepcopy(classifier)
        parameters = [*self.features.parameters(), *self.classifier.parameters()]
        self.optimizer = Adam(parameters, learning_rate, betas, fused=True)

    def step(self, source: Tensor, labels: Tensor, learning_rate: float) -> None:
        """One update by the cross entropy of a labelled batch."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        self.optimizer.zero_grad()
        cross_entropy(self.classifier(self.features(source)), labels).backward()
        self.optimizer.step()

    def networks(self) -> dict[str, nn.Module]:
        """Both by their names in a checkpoint."""
        return {"control_features": self.features, "control_classifier": self.classifier}
