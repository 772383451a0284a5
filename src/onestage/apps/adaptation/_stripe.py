"""The digits pair: the same hand, but every second column is brighter."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import Dataset

from onestage.data import ImageSource

_STRENGTH = 1.0  # of the range from -1 to 1: half of what lies between black and white
_SOURCE, _TARGET = 898, 499  # the 400 others are for testing
_SPLIT = 0


class StripedSource(Dataset[Tensor]):
    """A source of images with 1 added to columns 0, 2, 4 ...: half of the way from black to white.

    The sums are not clipped, so nothing is lost that would tell the classes apart.

    Args:
        source: the images.
    """

    def __init__(self, source: ImageSource) -> None:
        self._source = source
        self.name = "stripe"
        self.channels = source.channels
        self.image_size = source.image_size
        self.labels = source.labels
        self.class_names = source.class_names

    def __len__(self) -> int:
        return len(self._source)

    def __getitem__(self, index: int, /) -> Tensor:
        """Image number `index`, float32 [C, H, W] in [-1, 2]."""
        image = self._source[index].clone()
        image[..., ::2] += _STRENGTH
        return image


def stripe_split(num_images: int) -> tuple[Tensor, Tensor, Tensor]:
    """Which digits are labelled source, unlabelled target, and test; disjoint, always the same."""
    order = torch.randperm(num_images, generator=torch.Generator().manual_seed(_SPLIT))
    source, target, test = order.split([_SOURCE, _TARGET, num_images - _SOURCE - _TARGET])
    return source, target, test
