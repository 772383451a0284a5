"""What a step of an adaptation saw."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class AdaptationResult:
    """What one call saw: detached, unscaled 0-dim tensors, read by nobody yet.

    Attributes:
        classification_loss: cross entropy of the source's classes.
        domain_loss: L_D, without its penalty.
        adversarial_loss: the features' L_F, without its weight.
        domain_accuracy: of D on this batch, each domain one half; 0.5 is aligned.
        source_accuracy: of the classifier on this batch of the source.
        weight: of L_F at this call.
        gradient_penalty: its value, 0 where there is none.
        finite: whether losses and gradients at the features are finite, bool.
        strategy: how the features got their gradient through D.
    """

    classification_loss: Tensor
    domain_loss: Tensor
    adversarial_loss: Tensor
    domain_accuracy: Tensor
    source_accuracy: Tensor
    weight: Tensor
    gradient_penalty: Tensor
    finite: Tensor
    strategy: str
