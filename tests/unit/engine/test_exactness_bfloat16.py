"""Under bfloat16 autocast the engine is as near to the truth as two separate stages are.

The truth is the reference on float64 copies. The engine and the two stages both round to 8 bits,
in another order (the stages add D's two sides in bfloat16, the engine in float32; the ratio rounds
D's cotangent where the stages round G's), so one call of a tiny network is nearer or further by
luck, up to a factor of 2 either way. What is compared is therefore a root mean square: the norm of
the error over all of a player's parameters, relative to the truth's, over several seeds and three
steps each. At most 1.2 times the stages' own, no slack; seeds are fixed.
"""

import copy
from collections.abc import Iterable

import pytest
import torch
from tests._discriminators import MATRIX, ZOO, Generator, images, shift_
from tests._measure import SHIFTS, clear, grads
from torch import Tensor, nn

from onestage import OneStage
from onestage.testing import reference_gradients

BATCH = 12
# Every discriminator with every strategy, and the floor; the other losses are in the slow matrix.
SLICE = [
    (loss, name, strategy)
    for loss, name, strategy in MATRIX
    if (loss, strategy) in {("minimax", "reversal"), ("hinge", "ratio"), ("nonsaturating", "dual")}
]


def _flat(module: nn.Module, gradients: dict[Tensor, Tensor]) -> Tensor:
    parts = [gradients.get(p, torch.zeros_like(p)) for p in module.parameters()]
    return torch.cat([part.double().flatten() for part in parts])


def _relative(found: Tensor, truth: Tensor) -> float:
    return float((found - truth).norm() / truth.norm())


def _step(game, discriminator, generator, loss, conditions) -> list[tuple[float, float]]:
    """(engine's error, two stages' error) for D and for G."""
    real, latents = images(BATCH), torch.randn(BATCH, 5)
    exact_d, exact_g = copy.deepcopy(discriminator).double(), copy.deepcopy(generator).double()
    with torch.random.fork_rng():  # the same dropout masks for all three
        truth = reference_gradients(
            exact_d, loss, real.double(), exact_g(latents.double()), **conditions
        )
    clear(discriminator, generator)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        fake = generator(latents)
        stages = reference_gradients(discriminator, loss, real, fake, **conditions)
        game.backward(real, fake, **conditions)
    players = (
        (discriminator, stages.discriminator, exact_d, truth.discriminator),
        (generator, stages.generator, exact_g, truth.generator),
    )
    pairs = []
    for module, two_stages, exact_module, exact in players:
        goal = _flat(exact_module, exact)
        engine, two = _flat(module, grads(module)), _flat(module, two_stages)
        pairs.append((_relative(engine, goal), _relative(two, goal)))
    return pairs


def _steps(loss: str, name: str, strategy: str) -> Iterable[list[tuple[float, float]]]:
    row = ZOO[name]
    discriminator, generator = row.build(), Generator()
    game = OneStage(discriminator, loss, strategy=strategy)
    real_args, fake_args = row.conditions(BATCH)
    conditions = {"real_args": real_args, "fake_args": fake_args}
    for shift in SHIFTS:
        shift_(discriminator, shift)
        yield _step(game, discriminator, generator, loss, conditions)


def _check(loss: str, name: str, strategy: str, num_seeds: int) -> None:
    steps = []
    for seed in range(num_seeds):
        torch.manual_seed(seed)
        steps += _steps(loss, name, strategy)
    for player in zip(*steps, strict=True):  # D, then G
        engine, stages = (sum(error**2 for error in side) for side in zip(*player, strict=True))
        assert stages / len(steps) < 0.3**2  # or the truth is not of the same function
        assert engine**0.5 <= 1.2 * stages**0.5


@pytest.mark.parametrize(("loss", "name", "strategy"), SLICE)
def test_no_further_from_the_truth_than_two_stages(loss, name, strategy):
    _check(loss, name, strategy, num_seeds=3)


@pytest.mark.slow
@pytest.mark.parametrize(("loss", "name", "strategy"), MATRIX)
def test_whole_matrix_is_no_further_from_the_truth(loss, name, strategy):
    _check(loss, name, strategy, num_seeds=6)
