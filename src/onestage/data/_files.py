"""Where image files lie: the part that folders, zips, shards and data sets of the Hub differ in."""

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

import torch
from torch import Tensor

SUFFIXES = frozenset(
    ".bmp .gif .jfif .jpeg .jpg .pbm .pgm .png .ppm .tif .tiff .webp".split()  # noqa: SIM905
)
MAX_FILE_BYTES = 2**29  # no image needs more; an archive may promise anything


class ImageFiles(Protocol):
    """Numbered image files. It can be pickled, and read by several threads and processes.

    Attributes:
        name: short name, the same on every machine.
        labels: class of each file, int64 [N], or None.
        class_names: name of each class.
        channels: 1 or 3 where a trustworthy index says so; the files are then not looked through
            before they are used. None where it is not known.
        others: number of the files that were passed over, by suffix, hidden ones left out; None
            where they are not counted.
        blocks: numbers of files that lie together and are dear to fetch apart; None where any
            order will do.
    """

    name: str
    labels: Tensor | None
    class_names: tuple[str, ...]
    channels: int | None
    others: Mapping[str, int] | None
    blocks: tuple[int, ...] | None

    def __len__(self) -> int: ...

    def open(self, index: int) -> IO[bytes]:
        """File number `index`, from its beginning.

        Raises:
            OSError: or any other exception, if this one file cannot be read.
            DataError: if none can be.
        """
        ...

    def read(self, index: int) -> bytes:
        """All of file number `index`; raises what `open` raises."""
        ...

    def title(self, index: int) -> str:
        """What to call a file in a message."""
        ...

    def fingerprint(self) -> list[Any]:
        """What tells these files from others: names and sizes, as JSON can hold them."""
        ...

    def versions(self) -> list[Any] | None:
        """What changes when a file is written again with the same size, as JSON can hold it.

        None where nothing tells it.
        """
        ...


def read_bytes(path: str | Path, offset: int = 0, size: int | None = None) -> bytes:
    """A part of a file, or all of it, in as few system calls as there can be.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is more than an image needs.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        wanted = os.fstat(handle).st_size if size is None else size
        check_size(wanted)
        if offset:
            os.lseek(handle, offset, os.SEEK_SET)
        data = os.read(handle, wanted)
        while len(data) < wanted and (more := os.read(handle, wanted - len(data))):
            data += more
        return data
    finally:
        os.close(handle)


def check_size(size: int) -> None:
    """Raise `ValueError` for more bytes than an image needs."""
    if size > MAX_FILE_BYTES:
        raise ValueError(f"{size:,} bytes are too many for an image")


def is_image_name(name: str) -> bool:
    """Whether a file is looked at: a known suffix, and nothing hidden on the way."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES and not is_hidden(name)


def is_hidden(name: str) -> bool:
    """Whether a file's name or that of a folder on the way starts with a dot."""
    return any(part.startswith(".") and part != ".." for part in PurePosixPath(name).parts)


def classes(parts: list[tuple[str, ...]]) -> tuple[Tensor | None, tuple[str, ...]]:
    """Labels from the folders at the first level, if every file is in one.

    Args:
        parts: the parts of each file's path.
    """
    if any(len(part) == 1 for part in parts):
        return None, ()
    names = tuple(sorted({part[0] for part in parts}))
    numbers = {name: number for number, name in enumerate(names)}
    return torch.tensor([numbers[part[0]] for part in parts], dtype=torch.int64), names


def strays(parts: list[tuple[str, ...]]) -> list[int]:
    """Which files lie beside folders that would be classes without them.

    Args:
        parts: the parts of each file's path.
    """
    found = [index for index, part in enumerate(parts) if len(part) == 1]
    return found if len(found) < len(parts) else []
