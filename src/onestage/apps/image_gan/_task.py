"""Images as a `Task`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from onestage.apps.gan import Batch, Selection, load_batches, select_latents
from onestage.apps.image_gan._conditions import IMAGE_CONDITIONS
from onestage.apps.image_gan._evaluate import evaluate_generator
from onestage.apps.image_gan._generate import generate_from, make_images
from onestage.apps.image_gan._layout import Layout, lay_out
from onestage.apps.image_gan._source import read_source
from onestage.data import ImageSource
from onestage.metrics import Evaluator, build_features
from onestage.report import write_grid
from onestage.training import DataRecord, TrainConfig, World, derive_seed

_DEFAULT = Selection()
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

    @property
    def data(self) -> DataRecord:
        """See `Task`."""
        names = self.source.class_names if self.config.data.condition == "label" else ()
        return DataRecord(len(self.source), tuple(names))

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

    def samples(self, generator: nn.Module, selection: Selection = _DEFAULT) -> Tensor:
        """Images [N, C, H, W] in [-1, 1], as `lay_out` places them.

        Args:
            generator: in evaluation mode; one that takes no condition, or labels.
            selection: which.
        """
        layout = self._layout(selection)
        labels, dim = layout.labels, int(generator.latent_dim)  # type: ignore[arg-type]
        return generate_from(
            generator,
            select_latents(selection, layout.num_images, dim, seed=self.config.seed),
            None if labels is None else lambda numbers: labels[numbers.start : numbers.stop],
        )

    def draw(self, generator: nn.Module, path: Path, selection: Selection = _DEFAULT) -> int:
        """See `Task`; a grid, in which a translation stands between its input and the truth."""
        make = IMAGE_CONDITIONS.get(self.config.data.condition)
        if make is None:
            made = self.samples(generator, selection)
            write_grid(made, path, columns=self._layout(selection).columns)
            return len(made)
        translates = "this generator translates images: it has neither classes nor latents"
        selection.refuse("classes", "truncation", "interpolate", because=translates)
        count = selection.count or _PAIRS_SHOWN
        real = self._shuffled(range(count))
        made = generate_from(generator, torch.empty(count, 0), self.conditions())
        triples = torch.stack([make(real).expand_as(real), made, real], 1)
        write_grid(triples.flatten(0, 1), path, columns=3 * _PAIRS_IN_A_ROW)
        return count

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
            conditions=self.conditions(),
        )

    def describe(self) -> str:
        """See `Task`."""
        classes = self.data.describe_classes()
        images = f"{len(self.source):,} images of {self.source.name}"
        return f"{images} in {classes}" if classes else images

    def conditions(self) -> Callable[[range], Tensor] | None:
        """The conditions of images to be evaluated, by number; None where G takes none.

        They are those of the real images, in an order of their own.
        """
        condition = self.config.data.condition
        if condition == "none":
            return None
        if condition != "label":
            make = IMAGE_CONDITIONS[condition]
            return lambda numbers: make(self._shuffled(numbers))
        labels, order = self.source.labels, self._order()
        assert labels is not None  # or the run would not have begun
        return lambda numbers: labels[order[[i % len(order) for i in numbers]]]

    def _layout(self, selection: Selection) -> Layout:
        labelled = self.config.data.condition == "label"
        return lay_out(selection, self.config.data.classes if labelled else None)

    def _shuffled(self, numbers: range) -> Tensor:
        """Real images [N, C, H, W] in an order of their own, so that all folders are seen."""
        order = self._order().tolist()
        return torch.stack([self.source[order[i % len(order)]] for i in numbers])

    def _order(self) -> Tensor:
        generator = torch.Generator().manual_seed(derive_seed(self.config.seed, "conditions"))
        return torch.randperm(len(self.source), generator=generator)


def _evaluator(source: ImageSource, features: str) -> Evaluator:
    return Evaluator(source, feature_network=build_features(features))
