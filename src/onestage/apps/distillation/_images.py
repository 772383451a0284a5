"""Labelled images, as the teacher takes them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from onestage.data import ImageSource, build_source, how_to_label


class LabelledImages:
    """Some images of a source, normalised, with their classes.

    Args:
        source: gives images in [-1, 1].
        labels: the class of each of the source's images, int64.
        mean: by channel, what pixels from 0 to 1 are shifted by.
        std: by channel, what they are then divided by.
        indices: which images; all if None.

    Attributes:
        labels: int64 [N].
    """

    def __init__(
        self,
        source: ImageSource,
        labels: Tensor,
        mean: Sequence[float],
        std: Sequence[float],
        indices: Tensor | None = None,
    ) -> None:
        self._source = source
        self._mean, self._std = (torch.tensor(x).view(-1, 1, 1) for x in (mean, std))
        self._indices = torch.arange(len(source)) if indices is None else indices
        self.labels = labels[self._indices]

    def __len__(self) -> int:
        return len(self._indices)

    def take(self, which: Tensor) -> Tensor:
        """Images [n, C, H, W] of these places among the N."""
        images = torch.stack([self._source[i] for i in self._indices[which].tolist()])
        return ((images + 1) / 2 - self._mean) / self._std

    def show(self, images: Tensor) -> Tensor:
        """Normalised images back in [-1, 1], clamped, on the CPU."""
        return ((images.float().cpu() * self._std + self._mean) * 2 - 1).clamp(-1, 1)


def open_images(
    where: str,
    *,
    image_size: int,
    channels: int,
    classes: int,
    mean: Sequence[float],
    std: Sequence[float],
    max_bad: float,
    indices: Tensor | None = None,
) -> LabelledImages:
    """The labelled images of a source.

    Raises:
        ValueError: if it cannot be read, has no labels, or another number of classes. One line.
    """
    source = build_source(
        where,
        image_size=image_size,
        channels=channels,
        max_bad=max_bad,
        max_bad_option="--max-bad",
    )
    labels = source.labels
    if labels is None:
        raise ValueError(f"{where} has no labels to measure an accuracy by; {how_to_label(source)}")
    found = int(labels.max()) + 1
    if found != classes:
        raise ValueError(
            f"{where} has {found} classes, and the teacher {classes}; give the images that it was "
            f"trained for, or --classes {found}."
        )
    return LabelledImages(source, labels, mean, std, indices)
