"""Points in the plane as a `Task`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from onestage.apps.gan import Batch, Selection, load_batches, truncate
from onestage.data import RingSource
from onestage.metrics import evaluate_points
from onestage.report import write_points
from onestage.training import ConfigError, DataRecord, TrainConfig, World, seeded_generator

_SHOWN = 2000
_DEFAULT = Selection()


@torch.no_grad()
def generate_points(
    generator: nn.Module,
    num_points: int,
    *,
    seed: int,
    stream: str = "samples",
    truncation: float | None = None,
) -> Tensor:
    """Points [num_points, 2], float32, on the CPU; arguments as `image_gan.generate`."""
    weight: Tensor = next(generator.parameters())
    dim: Any = generator.latent_dim
    latents = torch.randn(num_points, dim, generator=seeded_generator(seed, stream))
    if truncation is not None:
        latents = truncate(latents, truncation)
    return generator(latents.to(weight)).float().cpu()


class PointsTask:
    """Eight Gaussians.

    Args:
        config: the settings.
        device: where batches go.
        world: the processes, each of which takes its share of a batch.
    """

    def __init__(
        self, config: TrainConfig, device: torch.device, world: World | None = None
    ) -> None:
        self.config = config
        self.source = RingSource()
        self._device = device
        self._world = world or World()

    @property
    def data(self) -> DataRecord:
        """See `Task`."""
        return DataRecord(len(self.source))

    def batches(self, start: int) -> Iterator[Batch]:
        """See `Task`; points [B, 2]."""
        return load_batches(self.source, self.config, self._device, self._world, start=start)

    def fake(self, generator: nn.Module, latents: Tensor, condition: Tensor | None) -> Tensor:
        """See `Task`."""
        return generator(latents)

    def draw(self, generator: nn.Module, path: Path, selection: Selection = _DEFAULT) -> int:
        """See `Task`; as many real points and generated ones."""
        selection.refuse("classes", "interpolate", because="points are shown as a cloud")
        count = selection.count or _SHOWN
        seed, stream = selection.random(self.config.seed)
        made = generate_points(
            generator, count, seed=seed, stream=stream, truncation=selection.truncation
        )
        write_points(self.source.points[:count], made, path)
        return count

    def evaluate(
        self, generator: nn.Module, *, num_samples: int | None = None, features: str | None = None
    ) -> dict[str, Any]:
        """See `Task`; the number of modes, the share of points on one, the distance."""
        if features is not None:
            raise ConfigError(f"features {features!r} are of images; points are compared as such.")
        count, seed = num_samples or self.config.evaluate_samples, self.config.seed
        return dict(
            evaluate_points(
                generate_points(generator, count, seed=seed, stream="evaluation"), self.source
            )
        )

    def describe(self) -> str:
        """See `Task`."""
        return f"{len(self.source):,} points of {self.source.name}"
