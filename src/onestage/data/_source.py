"""What a source of images is."""

from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.nn import functional as F

_WORKER_PREFIX = "DataError: "


class DataError(ValueError):
    """Data that cannot be used; one line that says what was found and how to mend it."""

    def __init__(self, message: str) -> None:
        # A DataLoader raises a worker's exception again with the worker's whole traceback as the
        # message; its last line is ours.
        super().__init__(message.strip().rsplit(_WORKER_PREFIX, 1)[-1])


@runtime_checkable
class ImageSource(Protocol):
    """A map-style dataset of images.

    Attributes:
        name: short name, the same on every machine.
        channels: 1 or 3.
        image_size: height and width in pixels.
        labels: class of each image, int64 [N], or None.
        class_names: name of each class, empty where there are none.
    """

    name: str
    channels: int
    image_size: int
    labels: Tensor | None
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        """Number of images."""
        ...

    def __getitem__(self, index: int, /) -> Tensor:
        """Image number `index`, float32 [C, H, W] in [-1, 1]."""
        ...


def check_options(image_size: int, channels: int | None) -> None:
    """Raise `DataError` for a size or a number of channels that no source can give."""
    if image_size < 1:
        raise DataError(f"image_size={image_size} is not a number of pixels; give at least 1.")
    if channels not in (None, 1, 3):
        raise DataError(f"channels={channels} is not possible; give 1 (grey) or 3 (RGB).")


def check_index(index: int, length: int) -> int:
    """`index` counted from the start; raises `IndexError` outside, which ends a `for` loop."""
    if not -length <= index < length:
        raise IndexError(f"image {index} was asked for; the source has {length}.")
    return index % length


def resize(images: Tensor, image_size: int) -> Tensor:
    """Bilinear, antialiased resize of [N, C, H, W]; it never leaves the range of its input."""
    if images.shape[-2:] == (image_size, image_size):
        return images
    size = [image_size, image_size]
    return F.interpolate(images, size, mode="bilinear", antialias=True, align_corners=False)


def to_grey(images: Tensor) -> Tensor:
    """Luma (ITU-R 601, as Pillow's mode L) [..., 1, H, W] of RGB images [..., 3, H, W]."""
    weights = torch.tensor([0.299, 0.587, 0.114], dtype=images.dtype).view(3, 1, 1)
    return (images * weights).sum(dim=-3, keepdim=True)


def to_float(images: Tensor) -> Tensor:
    """Pixels, uint8 of any shape, as float32 in [-1, 1]."""
    return images.float().div_(127.5).sub_(1)
