"""Some of a source's images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from onestage.data import DataError, ImageSource
from onestage.training import seeded_generator

_CHUNK = 256


class Part(Dataset[Tensor]):
    """Images of a source by number, with the labels that are known of them.

    Args:
        source: all images.
        numbers: which of them, int64 [N].
        labels: the class of each image of the whole source, or None.
    """

    def __init__(self, source: ImageSource, numbers: Tensor, labels: Tensor | None) -> None:
        self._source: Any = source
        self._numbers: list[int] = numbers.tolist()
        self.name = source.name
        self.labels = None if labels is None else labels[numbers]

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int, /) -> Tensor:
        """Image number `index` of this part."""
        return self._source[self._numbers[index]]

    def fetch(self, indices: Sequence[int]) -> tuple[Tensor, list[int]]:
        """Several images, and which they are; one that breaks gives its place to another of them.

        Raises:
            DataError: if none of them can be read.
        """
        if not hasattr(self._source, "fetch"):
            return torch.stack([self[index] for index in indices]), list(indices)
        wanted = [self._numbers[index] for index in indices]
        images, used = self._source.fetch(wanted)
        whole = [place for place, number in enumerate(wanted) if used[place] == number]
        if not whole:
            raise DataError(
                f"{self.name}: none of {len(wanted)} images can be read; put them back."
            )
        places = [p if used[p] == wanted[p] else whole[0] for p in range(len(wanted))]
        return images[places], [indices[place] for place in places]

    def chunks(self, limit: int) -> Iterator[tuple[Tensor, Tensor | None]]:
        """Images from all over the part, float32, with their labels, so many at a time.

        At most `limit` in all, the same every time; folders come one class after the other, so the
        first ones would be of few classes.
        """
        order = torch.randperm(len(self), generator=seeded_generator(0, "chunks"))
        for numbers in order[:limit].sort().values.split(_CHUNK):  # read as they lie
            labels = None if self.labels is None else self.labels[numbers]
            yield torch.stack([self[index] for index in numbers.tolist()]), labels
