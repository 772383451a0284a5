"""What an adaptation is judged by."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from onestage.apps._evaluating import evaluating
from onestage.apps.adaptation._part import Part


class Seen:
    """A part of the data through a feature extractor and a classifier.

    Attributes:
        features: [N, F].
        guesses: predicted classes, int64 [N].
        labels: the true ones, or None.
    """

    def __init__(self, features: Tensor, guesses: Tensor, labels: Tensor | None) -> None:
        self.features = features
        self.guesses = guesses
        self.labels = labels

    def accuracy(self) -> float | None:
        """The share of right guesses; None without labels."""
        if self.labels is None:
            return None
        return (self.guesses == self.labels).double().mean().item()


@torch.no_grad()
def look_at(
    part: Part, features: nn.Module, classifier: nn.Module, device: torch.device, limit: int
) -> Seen:
    """At most `limit` images of a part (`Part.chunks`), in evaluation mode; on the CPU."""
    found, guesses, labels = [], [], []
    with evaluating(features, classifier):
        for images, known in part.chunks(limit):
            seen = features(images.to(device))
            found.append(seen.flatten(1).cpu())
            guesses.append(classifier(seen).argmax(1).cpu())
            labels.append(known)
    all_labels = [known for known in labels if known is not None]
    return Seen(torch.cat(found), torch.cat(guesses), torch.cat(all_labels) if all_labels else None)
