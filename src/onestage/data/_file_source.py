"""Images from files."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from onestage.data._decode import UnreadableImage, decode, read_header
from onestage.data._faults import MAX_BAD, MEMORY, Faults, check_share
from onestage.data._files import ImageFiles
from onestage.data._jpeg import is_plain
from onestage.data._others import unread_images
from onestage.data._source import DataError, check_index, to_float
from onestage.data._try_each import try_each

_T = TypeVar("_T")
_log = logging.getLogger("onestage.data")


class FileSource(Dataset[Tensor]):
    """Image files, each its centre square, resized to `image_size`.

    Grey images stay grey only if all of them are; a palette counts as colour.

    Before the first image is used, every file's header and end are looked at (not those of shards
    with an index). Images that need at most `memory` bytes together are decoded at once: a step
    then never waits for the disk. Unreadable images found by then are left out. One that turns out
    bad later is replaced by the next that is not, so that batches stay full; which one that is
    depends on the files alone. Every bad image is counted and named in a warning of the logger
    `onestage.data`, and so are images of kinds that are not read, by their number, and those of
    shards that are not used.

    Args:
        files: the files.
        image_size: height and width in pixels.
        channels: 1 or 3; None takes 1 if all images are grey, else 3.
        max_bad: largest share of unreadable images that is put up with.
        max_bad_option: see `build_source`.
        memory: bytes that decoded images may take.
        crop: side of the centre square in the image's pixels; None takes the largest there is.

    Raises:
        DataError: if more images than that cannot be read.
    """

    def __init__(
        self,
        files: ImageFiles,
        *,
        image_size: int,
        channels: int | None = None,
        max_bad: float = MAX_BAD,
        max_bad_option: str = "max_bad",
        memory: int = MEMORY,
        crop: int | None = None,
    ) -> None:
        check_share(max_bad)
        _tell_unused(files)
        self.files = files
        self.name = files.name
        self.image_size = image_size
        self.crop = crop
        self.faults = Faults(files.name, len(files), max_bad, max_bad_option)
        self.channels = channels or files.channels or 3
        self._numbers = list(range(len(files)))  # of the files that are not left out
        if files.channels is None:
            self._look_at_headers(channels)
        self.blocks = files.blocks
        self._images: Tensor | None = None
        bytes_ = len(self._numbers) * self.channels * image_size**2
        if bytes_ <= memory and files.blocks is None:
            self._images = self._decode_all()
        self.labels = None if files.labels is None else files.labels[self._numbers]
        self.class_names = files.class_names
        self.strays: tuple[str, ...] = getattr(files, "strays", ())

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, index: int, /) -> Tensor:
        """Image number `index`, float32 [C, H, W] in [-1, 1]."""
        return to_float(self.fetch([check_index(index, len(self))])[0][0])

    def fetch(self, indices: Sequence[int]) -> tuple[Tensor, list[int]]:
        """Several images, and which they are: a bad one is replaced by the next that is not.

        Args:
            indices: their numbers.

        Returns:
            The images, uint8 [B, C, H, W], and the numbers of those they are.

        Raises:
            DataError: if too many images are bad.
        """
        if self._images is not None:
            return self._images[list(indices)], list(indices)
        shape = (len(indices), self.image_size, self.image_size, self.channels)
        pixels, used = np.empty(shape, dtype=np.uint8), []
        for place, index in enumerate(indices):
            pixels[place], number = self._read(index)
            used.append(number)
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), used

    def pixels(self, index: int) -> np.ndarray:
        """Image number `index`, uint8 [H, W, C].

        Raises:
            UnreadableImage: if it is bad.
        """
        if self._images is not None:
            return self._images[index].permute(1, 2, 0).numpy()
        return self._decode(self._numbers[index])

    def plain_jpeg(self, index: int) -> bytes | None:
        """The file of image number `index` if it is a JPEG that is as it should be already."""
        if self.crop is not None and self.crop < self.image_size:
            return None
        data = self.files.read(self._numbers[index])
        return data if is_plain(data, self.image_size, self.channels) else None

    def title(self, index: int) -> str:
        """What to call image number `index`."""
        return self.files.title(self._numbers[index])

    @property
    def left_out(self) -> list[int]:
        """Numbers of the files that were found unreadable before the first image was used."""
        return sorted(set(range(len(self.files))) - set(self._numbers))

    @property
    def num_replaced(self) -> int:
        """Number of images that turned out bad when they were wanted; others stand for them."""
        return self.faults.count - (len(self.files) - len(self))

    def leave_out(self, index: int, error: UnreadableImage) -> None:
        """Count image number `index` as bad, as another process found it.

        Raises:
            DataError: if it is one too many.
        """
        self.faults.meet(self._numbers[index], error)

    def share(self) -> None:
        """Let the processes that read this source know of each other's bad images."""
        self.faults.share()

    def _read(self, index: int) -> tuple[np.ndarray, int]:
        for step in range(len(self)):
            candidate = (index + step) % len(self)
            number = self._numbers[candidate]
            if number in self.faults:
                continue
            try:
                return self._decode(number), candidate
            except UnreadableImage as error:
                self.faults.meet(number, error)
        raise DataError(f"{self.name} has no image left that can be read.")

    def _decode(self, number: int) -> np.ndarray:
        return decode(
            self.files,
            number,
            image_size=self.image_size,
            channels=self.channels,
            crop=self.crop,
        )

    def _look_at_headers(self, channels: int | None) -> None:
        def is_grey(number: int) -> bool:
            return read_header(self.files, number).is_grey

        found = self._try_all(is_grey)
        self.channels = channels or (1 if all(grey for _, grey in found) else 3)

    def _decode_all(self) -> Tensor:
        size = self.image_size
        images = np.empty((len(self), size, size, self.channels), dtype=np.uint8)
        places = {number: place for place, number in enumerate(self._numbers)}

        def write(number: int) -> None:
            images[places[number]] = self._decode(number)

        good = [places[number] for number, _ in self._try_all(write)]
        kept = images if len(good) == len(images) else images[good]
        return torch.from_numpy(kept).permute(0, 3, 1, 2).contiguous()

    def _try_all(self, do: Callable[[int], _T]) -> list[tuple[int, _T]]:
        """What `do` gives for each number; those that it finds unreadable are left out."""
        done, bad = try_each(do, self._numbers)
        self.faults.record(bad)
        self._numbers = [number for number, _ in done]
        return done


def _tell_unused(files: ImageFiles) -> None:
    if passed_over := unread_images(files.others or {}):
        _log.warning("%s: %s; convert what is to be used to PNG.", files.name, passed_over)
    if unused := str(getattr(files, "unused", "")):
        _log.warning("%s: %s; rename those that are to be used.", files.name, unused)
