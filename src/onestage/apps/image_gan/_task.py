"""Images as a `Task`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from onestage.apps.gan import Batch, load_batches
from onestage.apps.image_gan._conditions import IMAGE_CONDITIONS
from onestage.apps.image_gan._evaluate import evaluate_generator
from onestage.apps.image_gan._generate import generate, make_images
from onestage.apps.image_gan._source import read_source
from onestage.data import ImageSource
from onestage.metrics import Evaluator, build_features
from onestage.report import write_grid
from onestage.training import TrainConfig, World, derive_seed

_GRID_IMAGES = 64
_PAIRS_SHOWN, _PAIRS_IN_A_ROW = 24, 3


class ImageTask:
    """Images, by themselves or with a condition.

    Args:
        config: the settings, with what the source decided filled in.
        source: the real images; None reads what the settings name, when they are needed.
        device: where batches go.
        world: the processes, each of which takes its share of a batch.
    """

    def __init__(
        self,
        config: TrainConfig,
        source: ImageSource | None,
        device: torch.device,
        world: World | None = None,
    ) -> None:
        self.config = config
        self._source = source
        self._device = device
        self._world = world or World()
        self._evaluator: Evaluator | None = None  # its feature network may have to be trained

    @property
    def source(self) -> ImageSource:
        """The real images."""
        if self._source is None:
            self._source = read_source(self.config)
        return self._source

    def batches(self, start: int) -> Iterator[Batch]:
        """See `Task`; images [B, C, H, W] with labels [B] or images [B, K, H, W]."""
        condition = self.config.data.condition
        make = IMAGE_CONDITIONS.get(condition)
        place = (self.config, self._device, self._world)
        labels = condition == "label"
        for batch in load_batches(self.source, *place, start=start, labels=labels):
            yield batch if make is None else Batch(batch.real, make(batch.real))

    def fake(self, generator: nn.Module, latents: Tensor, condition: Tensor | None) -> Tensor:
        """See `Task`."""
        return make_images(generator, latents, condition)

    def samples(
        self, generator: nn.Module, num_images: int = _GRID_IMAGES, *, seed: int | None = None
    ) -> Tensor:
        """Images [num_images, C, H, W] in [-1, 1].

        Labels follow one another, so that each column of ten shows one of ten classes.

        Args:
            generator: in evaluation mode.
            num_images: how many.
            seed: which; None for those of the run's own pictures.
        """
        return generate(
            generator,
            num_images,
            seed=self.config.seed if seed is None else seed,
            stream="grid" if seed is None else "samples",
            conditions=self.conditions(shuffled=False),
        )

    def draw(
        self,
        generator: nn.Module,
        path: Path,
        *,
        count: int | None = None,
        seed: int | None = None,
    ) -> None:
        """See `Task`; a grid, in which a translation stands between its input and the truth."""
        make = IMAGE_CONDITIONS.get(self.config.data.condition)
        count = count or (self._grid_images() if make is None else _PAIRS_SHOWN)
        made = self.samples(generator, count, seed=seed)
        if make is None:
            write_grid(made, path, columns=self._columns())
            return
        real = self._shuffled(range(count))
        triples = torch.stack([make(real).expand_as(real), made, real], 1)
        write_grid(triples.flatten(0, 1), path, columns=3 * _PAIRS_IN_A_ROW)

    def evaluate(
        self, generator: nn.Module, *, num_samples: int | None = None, features: str | None = None
    ) -> dict[str, Any]:
        """See `Task`; an `onestage.metrics.MetricRecord`."""
        if features is None and self._evaluator is None:
            self._evaluator = Evaluator(self.source)
        evaluator = self._evaluator if features is None else _evaluator(self.source, features)
        assert evaluator is not None
        return evaluate_generator(
            generator,
            evaluator,
            num_samples=num_samples or self.config.evaluate_samples,
            seed=self.config.seed,
            conditions=self.conditions(shuffled=True),
        )

    def describe(self) -> str:
        """See `Task`."""
        return f"{len(self.source):,} images of {self.source.name}"

    def conditions(self, *, shuffled: bool) -> Callable[[range], Tensor] | None:
        """The conditions of images to be made, by number; None where G takes none.

        Args:
            shuffled: labels as often as the source has them, rather than one after the other.
        """
        condition = self.config.data.condition
        if condition == "none":
            return None
        if condition != "label":
            make = IMAGE_CONDITIONS[condition]
            return lambda numbers: make(self._shuffled(numbers))
        labels = self.source.labels
        if shuffled and labels is not None:
            order = self._order()
            return lambda numbers: labels[order[[i % len(order) for i in numbers]]]
        return lambda numbers: torch.tensor([i % (self.config.data.classes or 1) for i in numbers])

    def _grid_images(self) -> int:
        """About 64, in whole rows of all classes."""
        columns = self._columns() or 1
        return columns * max(1, _GRID_IMAGES // columns)

    def _columns(self) -> int | None:
        return self.config.data.classes if self.config.data.condition == "label" else None

    def _shuffled(self, numbers: range) -> Tensor:
        """Real images [N, C, H, W] in an order of their own, so that all folders are seen."""
        order = self._order().tolist()
        return torch.stack([self.source[order[i % len(order)]] for i in numbers])

    def _order(self) -> Tensor:
        generator = torch.Generator().manual_seed(derive_seed(self.config.seed, "conditions"))
        return torch.randperm(len(self.source), generator=generator)


def _evaluator(source: ImageSource, features: str) -> Evaluator:
    return Evaluator(source, feature_network=build_features(features))
