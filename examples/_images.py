"""Scikit-learn's digits and crops of its two photographs; what is held out is never shown."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from onestage.data import build_source

NUM_COLUMNS = 73  # crops per row of a photograph, 8 pixels apart
TRAIN_UP_TO, TEST_FROM = 49, 57  # columns; a crop is 64 pixels wide, so nothing is seen twice


def photographs(image_size: int, *, test: bool) -> Tensor:
    """Crops [N, 3, H, W] in [-1, 1]: the left 70 % for training, the right 30 % held out."""
    source = build_source("photographs", image_size=image_size)
    kept = range(TEST_FROM, NUM_COLUMNS, 3) if test else range(0, TRAIN_UP_TO + 1, 2)
    indices = [i for i in range(len(source)) if i % NUM_COLUMNS in kept]
    return torch.stack([source[i] for i in indices[:: 3 if test else 1]])


def digits(image_size: int, *, test: bool) -> Tensor:
    """Digits [N, 1, H, W] in [-1, 1]: the first 1,500 for training, the last 297 held out."""
    source = build_source("digits", image_size=image_size)
    return torch.stack([source[i] for i in (range(1500, 1797) if test else range(1500))])


def shuffled(
    images: Tensor, batch_size: int, seed: int, *, mirror: bool = True
) -> Iterator[Tensor]:
    """Batches for ever, half of the images mirrored unless that would make them wrong."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        chosen = torch.randint(len(images), (batch_size,), generator=generator)
        half = torch.rand(batch_size, 1, 1, 1, generator=generator) < 0.5
        batch = images[chosen]
        yield torch.where(half & mirror, batch.flip(-1), batch)


def detail(images: Tensor, wanted: Tensor) -> float:
    """Mean difference of neighbouring pixels over that of the real images; 1 is as it should be."""
    rough, real = (x.diff(dim=-1).abs().mean() for x in (images, wanted))
    return float(rough / real)
