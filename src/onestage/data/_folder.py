"""The images in a folder."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from torch import Tensor

from onestage.data._files import SUFFIXES, classes, is_image_name, read_bytes, strays
from onestage.data._others import count_others, unread_images
from onestage.data._source import DataError

_OF_A_RUN = ("config.yaml", "metrics.jsonl")


class FolderFiles:
    """Every image below a folder.

    Files are known by their suffix (BMP, GIF, JPEG, PNG, PNM, TIFF, WebP); others, and those whose
    name starts with a dot, are passed over. Links are followed, to files and to folders, but none
    to a folder that it lies in. The order is that of the names, on every machine. If every image is
    in a folder of its own kind below `root`, these first-level folders are the classes.

    Args:
        root: the folder.

    Raises:
        DataError: if `root` is no folder, is the folder of a run, or has no images.
    """

    channels: int | None = None
    others: Mapping[str, int] | None
    blocks: tuple[int, ...] | None = None

    def __init__(self, root: str | Path) -> None:
        self._root = Path(root)
        self._names, self.others = _find_images(self._root)
        self.name = self._root.resolve().name
        self.labels: Tensor | None
        self.class_names: tuple[str, ...]
        parts = [tuple(name.split("/")) for name in self._names]
        self.labels, self.class_names = classes(parts)
        self.strays = tuple(self.title(index) for index in strays(parts))

    def __len__(self) -> int:
        return len(self._names)

    def open(self, index: int) -> IO[bytes]:
        """See `ImageFiles`."""
        return open(f"{self._root}/{self._names[index]}", "rb")

    def read(self, index: int) -> bytes:
        """See `ImageFiles`."""
        return read_bytes(f"{self._root}/{self._names[index]}")

    def title(self, index: int) -> str:
        """See `ImageFiles`."""
        return str(self._root / self._names[index])

    def fingerprint(self) -> list[Any]:
        """See `ImageFiles`."""
        return [[name, _stat(self._root / name)[0]] for name in self._names]

    def versions(self) -> list[Any] | None:
        """See `ImageFiles`."""
        return [_stat(self._root / name)[1] for name in self._names]


def _stat(path: Path) -> tuple[int, int]:
    """Size and time of change."""
    try:
        found = path.stat()
    except OSError:  # it has disappeared since
        return -1, -1
    return found.st_size, found.st_mtime_ns


def _find_images(root: Path) -> tuple[list[str], dict[str, int]]:
    """The names of the images, in order, and the number of other files by suffix."""
    if not root.exists():
        raise DataError(
            f"{root} does not exist; give digits, photographs, a folder or zip of images, shards "
            "(.tar), or hf:owner/name."
        )
    if not root.is_dir():
        raise DataError(
            f"{root} is a file; give the folder that holds the images, a zip or shards."
        )
    if all((root / name).is_file() for name in _OF_A_RUN):
        raise DataError(
            f"{root} is the folder of a run, whose pictures are samples; give a folder of images."
        )
    found = list(_walk(root))
    images = [path for path in found if is_image_name(path.name)]
    others = count_others(path.name for path in found if not is_image_name(path.name))
    if not images:
        why, suffixes = unread_images(others), " ".join(sorted(SUFFIXES))
        raise DataError(
            f"{root} holds no images{f': {why}' if why else ''}; put files in it that end in one "
            f"of {suffixes}."
        )
    return sorted(path.relative_to(root).as_posix() for path in images), others


def _walk(root: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:  # os.walk passes over a folder that it may not read
        raise DataError(
            f"{error.filename} cannot be listed ({error.strerror}); let this user read it."
        ) from error

    above = {str(root): frozenset(map(_identity, root.resolve().parents))}
    for folder, subfolders, files in os.walk(root, onerror=refuse, followlinks=True):
        ancestors, itself = above.pop(folder), _identity(folder)
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        if itself in ancestors:  # by a link, and so it would be for ever
            subfolders.clear()
            continue
        below = [os.path.join(folder, name) for name in subfolders]
        above.update(dict.fromkeys(below, ancestors | {itself}))
        for name in files:
            path = Path(folder, name)
            # A link that leads nowhere is a broken image, and counted as one.
            if not name.startswith(".") and (path.is_file() or not path.exists()):
                yield path


def _identity(folder: str | Path) -> tuple[int, int]:
    """The same by whatever links it is come to."""
    found = os.stat(folder)
    return found.st_dev, found.st_ino
