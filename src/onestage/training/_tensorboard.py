"""A run's log as TensorBoard events."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from onestage._convert import ConfigError


class TensorBoardLog:
    """Writes what goes to metrics.jsonl, and the pictures, as events beside it.

    Nothing is written before there is something to write. A run that goes on from a step hides the
    events after it, as it forgets the records after it.

    Args:
        folder: where the events go.
        after: the step that the run goes on from.

    Raises:
        ConfigError: if TensorBoard is not installed; says how to get it.
    """

    def __init__(self, folder: Path, after: int = 0) -> None:
        self._folder = folder
        self._after = after
        self._writer: Any = None
        self._open = _find_writer()

    def log(self, record: Mapping[str, Any]) -> None:
        """Each number of a record as a scalar at the record's step.

        Args:
            record: as it goes to metrics.jsonl: `step`, numbers, and perhaps `metrics`.
        """
        for tag, value in _scalars(record):
            self._events().add_scalar(tag, value, record["step"])

    def show(self, picture: Path, step: int) -> None:
        """A picture (PNG) at a step."""
        import numpy as np
        from PIL import Image

        with Image.open(picture) as image:
            pixels = np.asarray(image.convert("RGB"))
        self._events().add_image("samples", pixels, step, dataformats="HWC")

    def close(self) -> None:
        """Write what is left to the disk."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _events(self) -> Any:
        if self._writer is None:
            hidden_from = self._after + 1 if self._after else None
            self._writer = self._open(str(self._folder), purge_step=hidden_from)
        return self._writer


def _find_writer() -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ConfigError(
            "log is tensorboard, which is not installed: pip install 'onestage[tensorboard]', or "
            "leave it at jsonl."
        ) from error
    return SummaryWriter


def _scalars(record: Mapping[str, Any], group: str = "train") -> Iterator[tuple[str, float]]:
    for name, value in record.items():
        if name == "metrics" and isinstance(value, Mapping):
            yield from _scalars(value, "metrics")
        elif isinstance(value, float) and math.isfinite(value):  # counts say how it was measured
            yield f"{group}/{name}", value
