"""The domain discriminator as the engine sees it."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn

from onestage.apps.adaptation._checks import check_logits


class Verdict(NamedTuple):
    """What D said of one batch of both domains, and what its loss must know to judge that."""

    logits: Tensor  # [N, ...], higher = more like the source
    is_source: Tensor  # [N], 1 for the source and 0 for the target
    weights: Tensor  # [N], of mean 1 in all and of the same sum for both domains


class Judge(nn.Module):
    """D, whose outputs carry each sample's domain along: a loss then needs no state of its own.

    Args:
        discriminator: from features [N, ...] to logits, batch first.
    """

    def __init__(self, discriminator: nn.Module) -> None:
        super().__init__()
        self.discriminator = discriminator

    def forward(self, features: Tensor, is_source: Tensor, weights: Tensor) -> Verdict:
        """D on a batch of both domains.

        Raises:
            ValueError: if D gives logits by class, and not one.
        """
        logits = self.discriminator(features)
        check_logits(logits)
        return Verdict(logits, is_source, weights)


def spread(per_sample: Tensor, like: Tensor) -> Tensor:
    """[N] as [N, ...] of the shape of D's logits, in their dtype."""
    shape = (-1, *[1] * (like.ndim - 1))
    return per_sample.to(like.dtype).view(shape).expand_as(like)
