"""Conditional alignment (CDAN, Long et al., NeurIPS 2018): D sees features with predictions."""

from __future__ import annotations

from typing import Literal, TypeAlias

import torch
from torch import Tensor

Conditional: TypeAlias = Literal["none", "cdan", "cdan-e"]


def multilinear(features: Tensor, predictions: Tensor) -> Tensor:
    """The products of every feature with every class's probability (eq. 5).

    Args:
        features: [N, ...].
        predictions: class probabilities [N, K]; constants, as the authors' code has them.

    Returns:
        [N, K F], F being the features of one sample.
    """
    flat = features.flatten(1)
    return (predictions.to(flat.dtype).unsqueeze(2) * flat.unsqueeze(1)).flatten(1)


def entropy_weights(predictions: Tensor) -> Tensor:
    """1 + exp(-H): samples whose class is clear count up to twice as much (section 3.3), [N].

    H is the entropy of a sample's class probabilities [N, K] in nats.
    """
    entropy = torch.special.entr(predictions).sum(1)
    return 1 + torch.exp(-entropy)


def balanced(weights: Tensor, is_source: Tensor) -> Tensor:
    """Weights [N] scaled so that both domains have the sum N / 2.

    Exactly 1 where all weights are equal and the domains have equally many samples.
    """
    half = len(weights) / 2
    source, target = (weights * is_source).sum(), (weights * (1 - is_source)).sum()
    return weights * torch.where(is_source > 0, half / source, half / target)
