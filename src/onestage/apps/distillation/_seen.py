"""What a teacher showed of itself on one batch."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class Moments:
    """One BatchNorm layer: what came in, and what it remembers of its training data.

    Attributes:
        mean: of the batch, by channel [C], with a graph.
        variance: the same, biased.
        running_mean: the layer's own [C].
        running_variance: the same.
    """

    mean: Tensor
    variance: Tensor
    running_mean: Tensor
    running_variance: Tensor


@dataclass
class Seen:
    """The teacher on one batch.

    Attributes:
        logits: [B, K].
        moments: of every BatchNorm layer, if asked for.
        features: [B, F], what goes into its last linear layer, if asked for.
    """

    logits: Tensor
    moments: list[Moments] = field(default_factory=list)
    features: Tensor | None = None
