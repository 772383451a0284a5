"""The image GAN as a `Step`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from onestage.apps.image_gan._evaluate import evaluate_generator
from onestage.apps.image_gan._generate import generate
from onestage.apps.image_gan.methods import Method, Players
from onestage.data import ImageSource
from onestage.metrics import Evaluator
from onestage.networks import DCGANGenerator
from onestage.training import ExponentialMovingAverage, StepState, TrainConfig

_GRID_IMAGES = 64


class ImageGANStep:
    """One iteration of an image GAN at a time; build it with `build_image_gan`.

    Args:
        config: the settings.
        source: the real images.
        players: the game.
        method: how it is played.
        ema: the average of the generator.
        latents: the random state that `players.noise` draws from.
        batches: an iterator of real batches from a number of batches taken on.

    Attributes:
        config: the settings, with what the source decided filled in.
        source: the real images.
        generator: the network that is trained.
        discriminator: its opponent.
        ema: the average of the generator; samples come from it.
        count: iterations done.
        batch_size: real images per iteration.
    """

    def __init__(
        self,
        config: TrainConfig,
        source: ImageSource,
        players: Players,
        method: Method,
        ema: ExponentialMovingAverage[DCGANGenerator],
        latents: torch.Generator,
        batches: Callable[[int], Iterator[Tensor]],
    ) -> None:
        self.config = config
        self.source = source
        self.generator = players.generator
        self.discriminator = players.discriminator
        self.ema = ema
        self.count = 0
        self.batch_size = config.batch_size
        self._players = players
        self._method = method
        self._latents = latents
        self._start_batches = batches
        self._evaluator: Evaluator | None = None  # its feature network may have to be trained
        self._batches: Iterator[Tensor] | None = None

    def step(self) -> dict[str, Tensor]:
        """One iteration: real images, both players' updates, the average.

        Returns:
            0-dim tensors by name, as `Method.update` says; reading them is up to the caller.
        """
        if self._batches is None:
            self._batches = self._start_batches(self.count)
        measured = self._method.update(next(self._batches))
        self.ema.update(self.generator)
        self.count += 1
        return measured

    def samples(self) -> Tensor:
        """64 images [64, C, H, W] from the averaged generator, of the same latents every time."""
        return generate(self.ema.module, _GRID_IMAGES, seed=self.config.seed, stream="grid")

    def evaluate(self) -> dict[str, Any]:
        """Metrics of the averaged generator, an `onestage.metrics.MetricRecord`."""
        if self._evaluator is None:
            self._evaluator = Evaluator(self.source)
        config = self.config
        return evaluate_generator(
            self.ema.module,
            self._evaluator,
            num_samples=config.evaluate_samples,
            seed=config.seed,
        )

    def facts(self) -> dict[str, str]:
        """The method and what it has to say."""
        return {"method": self.config.method, **self._method.facts()}

    def state(self) -> StepState:
        """See `Step`."""
        return StepState(
            weights={
                "generator": self.generator.state_dict(),
                "discriminator": self.discriminator.state_dict(),
                "generator_ema": self.ema.module.state_dict(),
            },
            extra={
                "count": self.count,  # also the place in the order of the images
                "latents": self._latents.get_state(),
                "generator_optimizer": self._players.generator_optimizer.state_dict(),
                "discriminator_optimizer": self._players.discriminator_optimizer.state_dict(),
                "method": self._method.state_dict(),
            },
        )

    def load_state(self, state: StepState) -> None:
        """See `Step`."""
        self.generator.load_state_dict(state.weights["generator"])
        self.discriminator.load_state_dict(state.weights["discriminator"])
        self.ema.module.load_state_dict(state.weights["generator_ema"])
        players, extra = self._players, state.extra
        players.generator_optimizer.load_state_dict(extra["generator_optimizer"])
        players.discriminator_optimizer.load_state_dict(extra["discriminator_optimizer"])
        self._method.load_state_dict(extra["method"])
        self._latents.set_state(extra["latents"])
        self.count = extra["count"]
        self._batches = None
