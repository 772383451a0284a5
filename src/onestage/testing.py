"""The slow, obviously right way, and a check that holds the engine against it.

    from onestage.testing import assert_exact

    assert_exact(discriminator, "hinge", real, generator(z))

runs on your own networks and raises where either player's gradient is not the one of two separate
stages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from onestage._game import OneStage
from onestage._reference import (
    Gradients,
    reference_gradients,
    relative_error,
    restored,
    unlearned,
)
from onestage._tree import Tree, tensors
from onestage.losses import LossLike, as_loss
from onestage.penalties import AnyPenalty

__all__ = [
    "Exactness",
    "Gradients",
    "assert_exact",
    "measure_exactness",
    "reference_gradients",
    "relative_error",
]

TOLERANCES = {torch.float64: 1e-12, torch.float32: 1e-4}  # float32: sums in another order
HALF_TOLERANCE = 5e-2


@dataclass(frozen=True)
class Exactness:
    """How far the engine is from the reference.

    Attributes:
        discriminator_error: ||engine - reference|| / ||reference|| over all of D's parameters.
        generator_error: the same over all leaves behind the fake.
        tolerance: the largest error that is allowed.
        strategy: the one that the engine took.
        explanation: what `OneStage.explain()` says of it.
    """

    discriminator_error: float
    generator_error: float
    tolerance: float
    strategy: str
    explanation: str

    @property
    def is_exact(self) -> bool:
        """Whether neither error is larger than allowed; NaN is."""
        return self.discriminator_error <= self.tolerance >= self.generator_error


def measure_exactness(
    discriminator: Callable[..., Tree],
    loss: LossLike,
    real: Tree,
    fake: Tree,
    *,
    real_args: Sequence[Tree] = (),
    fake_args: Sequence[Tree] = (),
    penalties: Sequence[AnyPenalty] = (),
    generator_weight: float | Tensor = 1.0,
    strategy: str = "auto",
    tolerance: float | None = None,
) -> Exactness:
    """Hold the engine's gradients against those of two separate stages.

    Nothing is changed: buffers, random state, `.grad`, the fake's graph, a loss's multiplier and a
    penalty's running means stay as they are.

    Args:
        discriminator: as in `OneStage`.
        loss: as in `OneStage`.
        real: as in `OneStage.backward`.
        fake: as in `OneStage.backward`.
        real_args: as in `OneStage.backward`.
        fake_args: as in `OneStage.backward`.
        penalties: as in `OneStage`; all are applied.
        generator_weight: as in `OneStage.backward`.
        strategy: as in `OneStage`.
        tolerance: the largest relative error allowed; by default 1e-12 in float64, 1e-4 in float32
            and 5e-2 in half precisions.

    Raises:
        ValueError: what `OneStage` and its `backward` raise.
    """
    rules = as_loss(loss)
    reference = reference_gradients(
        discriminator,
        rules,
        real,
        fake,
        real_args=real_args,
        fake_args=fake_args,
        penalties=penalties,
        generator_weight=generator_weight,
    )
    game = OneStage(discriminator, rules, penalties=penalties, strategy=strategy)
    with (
        unlearned(rules, penalties),
        restored(discriminator, penalties),
        _set_aside(reference.discriminator) as d_gradients,
    ):
        step, at_fake = game.gradients(
            real,
            fake,
            real_args=real_args,
            fake_args=fake_args,
            generator_weight=generator_weight,
        )
    g_gradients = _behind(fake, at_fake, reference.generator)
    dtype = tensors(step.fake_outputs)[0].dtype
    return Exactness(
        relative_error(d_gradients, reference.discriminator),
        relative_error(g_gradients, reference.generator),
        TOLERANCES.get(dtype, HALF_TOLERANCE) if tolerance is None else tolerance,
        step.strategy,
        game.explain(),
    )


def assert_exact(
    discriminator: Callable[..., Tree],
    loss: LossLike,
    real: Tree,
    fake: Tree,
    **options: Any,
) -> Exactness:
    """Raise `AssertionError` unless the engine's gradients are those of two separate stages.

    Args:
        discriminator: as in `OneStage`.
        loss: as in `OneStage`.
        real: as in `OneStage.backward`.
        fake: as in `OneStage.backward`.
        options: as in `measure_exactness`.

    Returns:
        The errors that were found, and the strategy.

    Raises:
        AssertionError: if either player's error is larger than allowed, or not a number.
        ValueError: what `OneStage` and its `backward` raise.
    """
    found = measure_exactness(discriminator, loss, real, fake, **options)
    if not found.is_exact:
        raise AssertionError(
            f"D's gradient is off by {found.discriminator_error:.2g} and G's by "
            f"{found.generator_error:.2g}; {found.tolerance:.2g} is allowed.\n{found.explanation}"
        )
    return found


@contextlib.contextmanager
def _set_aside(parameters: Iterable[Tensor]) -> Iterator[dict[Tensor, Tensor]]:
    """Yield a dict that holds, after the block, the gradients that it added."""
    before = [(parameter, parameter.grad) for parameter in parameters]
    added: dict[Tensor, Tensor] = {}
    for parameter, _ in before:
        parameter.grad = None
    try:
        yield added
    finally:
        for parameter, gradient in before:
            if parameter.grad is not None:
                added[parameter] = parameter.grad
            parameter.grad = gradient


def _behind(fake: Tree, at_fake: Tree, leaves: Iterable[Tensor]) -> dict[Tensor, Tensor]:
    """The fake's own backward, its graph kept."""
    roots = [x for x in tensors(fake) if x.requires_grad]
    seeds = iter(tensors(at_fake))
    targets = list(leaves)
    found = torch.autograd.grad(roots, targets, list(seeds), retain_graph=True, allow_unused=True)
    return {leaf: g for leaf, g in zip(targets, found, strict=True) if g is not None}
