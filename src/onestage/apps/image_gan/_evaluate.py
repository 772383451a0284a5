"""Metrics of a generator."""

from __future__ import annotations

from typing import Any

from onestage.apps.image_gan._generate import generate
from onestage.metrics import Evaluator
from onestage.networks import DCGANGenerator


def evaluate_generator(
    generator: DCGANGenerator, evaluator: Evaluator, *, num_samples: int, seed: int
) -> dict[str, Any]:
    """Metrics of a generator's images, with what they were measured by.

    Args:
        generator: in evaluation mode.
        evaluator: over the real images.
        num_samples: images to make, at least 2.
        seed: which.

    Returns:
        An `onestage.metrics.MetricRecord`.
    """
    return dict(evaluator(generate(generator, num_samples, seed=seed, stream="evaluation")))
