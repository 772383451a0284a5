"""Measuring one call of the engine against the reference."""

from collections.abc import Iterable

import torch
from tests._discriminators import BATCH, ZOO, Generator, images, shift_
from torch import Tensor, nn

from onestage import OneStage
from onestage.testing import Gradients, reference_gradients, relative_error

SHIFTS = (0.0, -3.0, -27.0)  # hinge: some, then all, fakes are below -1


def clear(*modules: nn.Module) -> None:
    for module in modules:
        module.zero_grad(set_to_none=True)


def grads(*modules: nn.Module) -> dict[Tensor, Tensor]:
    return {p: p.grad for m in modules for p in m.parameters() if p.grad is not None}


def errors(discriminator: nn.Module, generator: nn.Module, reference: Gradients) -> tuple:
    """(D's, G's) relative error of what lies in `.grad`."""
    return (
        relative_error(grads(discriminator), reference.discriminator),
        relative_error(grads(generator), reference.generator),
    )


def three_steps(
    loss: str, name: str, strategy: str, dtype: torch.dtype
) -> Iterable[tuple[float, float, str]]:
    """(D's error, G's error, strategy) of three consecutive calls of one `OneStage`."""
    row = ZOO[name]
    discriminator, generator = row.build().to(dtype), Generator().to(dtype)
    game = OneStage(discriminator, loss, strategy=strategy)
    real_args, fake_args = row.conditions(BATCH)
    conditions = {"real_args": real_args, "fake_args": fake_args}
    for shift in SHIFTS:
        shift_(discriminator, shift)
        real, fake = images(dtype=dtype), generator(torch.randn(BATCH, 5, dtype=dtype))
        reference = reference_gradients(discriminator, loss, real, fake, **conditions)
        clear(discriminator, generator)
        # Dropout: the reference put the random state back, so both see the same masks.
        step = game.backward(real, fake, **conditions)
        yield *errors(discriminator, generator, reference), step.strategy
