"""What a GAN learns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor, nn

from onestage.apps.gan._players import Batch
from onestage.apps.gan._selection import Selection
from onestage.training import DataRecord, TrainConfig

_DEFAULT = Selection()


class Task(Protocol):
    """The data, and all that depends on their kind."""

    config: TrainConfig
    """The settings, with what the data decided filled in."""

    @property
    def data(self) -> DataRecord:
        """What is learnt from, as a run that goes on has to find it again."""

    def batches(self, start: int) -> Iterator[Batch]:
        """Endless batches, from number `start` on."""

    def fake(self, generator: nn.Module, latents: Tensor, condition: Tensor | None) -> Tensor:
        """G's samples for latents [B, latent_dim] and the conditions of a batch."""

    def draw(self, generator: nn.Module, path: Path, selection: Selection = _DEFAULT) -> int:
        """Write a picture (PNG) of what G makes; how many samples it shows.

        Args:
            generator: in evaluation mode.
            path: the file.
            selection: which samples.

        Raises:
            ConfigError: for a selection that these data do not have. One line.
        """

    def evaluate(
        self, generator: nn.Module, *, num_samples: int | None = None, features: str | None = None
    ) -> dict[str, Any]:
        """A record of metrics of what G makes; the less `fid` the better.

        Args:
            generator: in evaluation mode.
            num_samples: how many it makes; None for the settings' number.
            features: what they are compared by, as `onestage.metrics.build_features` has it; None
                for what fits the data.
        """

    def describe(self) -> str:
        """The data in a few words."""
