"""Metrics of a generator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from onestage.apps.image_gan._generate import generate
from onestage.metrics import Evaluator


def evaluate_generator(
    generator: nn.Module,
    evaluator: Evaluator,
    *,
    num_samples: int,
    seed: int,
    conditions: Callable[[range], Tensor] | None = None,
) -> dict[str, Any]:
    """Metrics of a generator's images, with what they were measured by.

    Args:
        generator: in evaluation mode.
        evaluator: over the real images.
        num_samples: images to make, at least 2.
        seed: which.
        conditions: as in `generate`.

    Returns:
        An `onestage.metrics.MetricRecord`.
    """
    images = generate(generator, num_samples, seed=seed, stream="evaluation", conditions=conditions)
    return dict(evaluator(images))
