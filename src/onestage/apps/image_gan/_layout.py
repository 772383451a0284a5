"""The place and the class of each image of a picture."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from onestage.apps.gan import Selection
from onestage.training import ConfigError

_IMAGES, _COLUMNS, _ROWS = 64, 8, 8


class Layout(NamedTuple):
    """Images row by row.

    Attributes:
        num_images: images in all.
        columns: images in a row; None for about as many as there are rows.
        labels: their classes, int64 [count]; None where there are none.
    """

    num_images: int
    columns: int | None
    labels: Tensor | None


def lay_out(selection: Selection, num_classes: int | None) -> Layout:
    """A column for each class; those that are chosen, more than one if there is room.

    A row of an interpolation is of one class. Without classes the images stand in a square.

    Raises:
        ConfigError: for classes that there are not.
    """
    _check(selection.classes, num_classes)
    classes = torch.tensor(selection.classes or range(num_classes or 0), dtype=torch.int64)
    if selection.steps is not None:
        rows = torch.arange(selection.count or _ROWS)
        labels = classes[rows % len(classes)] if len(classes) else None
        labels = None if labels is None else labels.repeat_interleave(selection.steps)
        return Layout(len(rows) * selection.steps, selection.steps, labels)
    if not len(classes):
        return Layout(selection.count or _IMAGES, None, None)
    repeats = max(1, round(_COLUMNS / len(classes))) if selection.classes else 1
    columns = len(classes) * repeats
    count = selection.count or columns * max(1, _IMAGES // columns)
    return Layout(count, columns, classes[torch.arange(count) % columns // repeats])


def _check(chosen: tuple[int, ...], num_classes: int | None) -> None:
    if chosen and num_classes is None:
        raise ConfigError("--classes is given, and this generator knows no classes; leave it out.")
    wrong = [label for label in chosen if not 0 <= label < (num_classes or 0)]
    if wrong:
        raise ConfigError(
            f"--classes has {wrong[0]}, and the classes of this generator are 0 to "
            f"{(num_classes or 0) - 1}."
        )
