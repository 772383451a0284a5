"""A folder of one's own images."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ._decode import decode, is_grey
from ._source import DataError, check_index

_SUFFIXES = frozenset(
    ".bmp .gif .jfif .jpeg .jpg .pbm .pgm .png .ppm .tif .tiff .webp".split()  # noqa: SIM905
)
_MAX_BYTES_IN_MEMORY = 512 * 2**20


class FolderSource(Dataset[Tensor]):
    """Every image below a folder: its centre square, resized to `image_size`.

    Files are known by their suffix (BMP, GIF, JPEG, PNG, PNM, TIFF, WebP); others, and those whose
    name starts with a dot, are passed over. The order is that of the names, on every machine. If
    every image is in a folder of its own kind below `root`, these first-level folders are the
    classes. Grey images stay grey only if all of them are; a palette counts as colour.

    Images that need at most 512 MiB together are decoded at once: an unreadable one is found
    before training starts, and a step never waits for the disk. Others are decoded when asked for.

    Args:
        root: The folder.
        image_size: Height and width in pixels.
        channels: 1 or 3; None takes 1 if all images are grey, else 3.

    Raises:
        DataError: If `root` is no folder or has no images, or an image cannot be read.
    """

    def __init__(self, root: str | Path, *, image_size: int, channels: int | None = None) -> None:
        self._root = Path(root)
        self._paths = _find_images(self._root)
        self.name = self._root.resolve().name
        self.image_size = image_size
        self.channels = channels or _num_channels(self._paths)
        self.labels: Tensor | None
        self.class_names: tuple[str, ...]
        self.labels, self.class_names = _classes(self._root, self._paths)
        self._images: Tensor | None = None
        if len(self) * self.channels * image_size**2 <= _MAX_BYTES_IN_MEMORY:
            self._images = self._decode_all()

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int, /) -> Tensor:
        """Image number `index`, float32 [C, H, W] in [-1, 1]."""
        index = check_index(index, len(self))
        image = self._decode(index) if self._images is None else self._images[index]
        return image.float() / 127.5 - 1

    def _decode(self, index: int) -> Tensor:
        path, size = self._paths[index], self.image_size
        return torch.tensor(decode(path, image_size=size, channels=self.channels))

    def _decode_all(self) -> Tensor:
        # Pillow decodes and resizes outside the interpreter's lock.
        read = partial(decode, image_size=self.image_size, channels=self.channels)
        shape = (len(self), self.channels, self.image_size, self.image_size)
        images = np.empty(shape, dtype=np.uint8)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for index, image in enumerate(pool.map(read, self._paths)):
                images[index] = image
        return torch.from_numpy(images)


def _find_images(root: Path) -> list[Path]:
    if not root.exists():
        raise DataError(f"{root} does not exist; give a folder of images, digits or photographs.")
    if not root.is_dir():
        raise DataError(f"{root} is a file; give the folder that holds the images.")
    paths = sorted(_walk(root), key=lambda path: path.relative_to(root).as_posix())
    if not paths:
        suffixes = " ".join(sorted(_SUFFIXES))
        raise DataError(f"{root} holds no images; put files in it that end in one of {suffixes}.")
    return paths


def _walk(root: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:  # os.walk passes over a folder that it may not read
        raise DataError(f"{error.filename} cannot be listed ({error.strerror}).") from error

    for folder, subfolders, files in os.walk(root, onerror=refuse):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if path.suffix.lower() in _SUFFIXES and not name.startswith(".") and path.is_file():
                yield path


def _num_channels(paths: list[Path]) -> int:
    return 1 if all(map(is_grey, paths)) else 3


def _classes(root: Path, paths: list[Path]) -> tuple[Tensor | None, tuple[str, ...]]:
    parts = [path.relative_to(root).parts for path in paths]
    if any(len(part) == 1 for part in parts):
        return None, ()
    names = tuple(sorted({part[0] for part in parts}))
    numbers = {name: number for number, name in enumerate(names)}
    return torch.tensor([numbers[part[0]] for part in parts], dtype=torch.int64), names
