"""The game under Accelerate."""

from collections.abc import Iterable

from accelerate import Accelerator
from tests.integration.adapters._common import CLIP_NORMS, Scenario, build, optimizers, weights
from torch import Tensor

from onestage import StepResult
from onestage.adapters.accelerate import AcceleratedGame


def prepare(accelerator: Accelerator, scenario: Scenario, **options) -> AcceleratedGame:
    """Both networks and their joint optimiser."""
    generator, discriminator = build()
    joint = optimizers(generator, discriminator)
    options = {"clip_norms": CLIP_NORMS, "penalties": scenario.penalties, **options}
    return AcceleratedGame(
        accelerator,
        generator,
        discriminator,
        joint,
        loss=scenario.loss,
        strategy=scenario.strategy,
        **options,
    )


def play(game: AcceleratedGame, batches: Iterable[tuple[Tensor, Tensor]]) -> list[StepResult]:
    """The loop, as its users write it."""
    results = []
    for real, latent in batches:
        with game.accumulate():
            results.append(game.step(real, game.generator(latent)))
    return results


def weights_of(accelerator: Accelerator, game: AcceleratedGame) -> list[float]:
    """All of both players' weights."""
    return weights(
        accelerator.unwrap_model(game.generator), accelerator.unwrap_model(game.discriminator)
    )
