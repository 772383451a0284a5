"""When an adversary has driven the features together: found without the target's labels."""

from __future__ import annotations

import torch
from torch import Tensor

_DROP = 0.1
_SHARE = 0.5


class CollapseWatch:
    """Compares each evaluation with the best so far.

    Features that are merely hidden from D need not keep the classes: the source's accuracy falls,
    or the target is taken for ever fewer classes. Collapsed means that the accuracy on held-out
    images of the source is 0.1 below its best, or that the classes predicted on the target (the
    exponential of the entropy of their shares) are half as many as at their most.
    """

    def __init__(self) -> None:
        self._accuracy = self._classes = 0.0

    def look(self, source_accuracy: float, classes_predicted: float) -> bool:
        """Whether it has collapsed by this evaluation."""
        self._accuracy = max(self._accuracy, source_accuracy)
        self._classes = max(self._classes, classes_predicted)
        return (
            source_accuracy < self._accuracy - _DROP or classes_predicted < _SHARE * self._classes
        )

    def state_dict(self) -> dict[str, float]:
        """The best so far."""
        return {"accuracy": self._accuracy, "classes": self._classes}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Take over what `state_dict` gave."""
        self._accuracy, self._classes = state["accuracy"], state["classes"]


def classes_predicted(guesses: Tensor, num_classes: int) -> float:
    """The effective number of classes among predictions int64 [N]: exp of their entropy."""
    shares = torch.bincount(guesses, minlength=num_classes).double() / len(guesses)
    return float(torch.special.entr(shares).sum().exp())
