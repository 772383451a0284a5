"""The images in a zip."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from torch import Tensor

from onestage.data._files import check_size, classes, is_hidden, is_image_name, strays
from onestage.data._others import count_others, unread_images
from onestage.data._source import DataError


class ZipFiles:
    """The images in a zip, read where they are: nothing is ever extracted.

    Suffixes, order and classes are as in a folder; a folder that holds everything, as a zip of a
    folder has, is passed over. The members' names are names only: no path is made from them.

    Args:
        path: the zip.

    Raises:
        DataError: if it cannot be read, is cut off, or has no images.
    """

    channels: int | None = None
    others: Mapping[str, int] | None
    blocks: tuple[int, ...] | None = None

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._opened: tuple[int, ZipFile | None] = (0, None)
        try:
            members = self._archive().infolist()
        except (OSError, BadZipFile, ValueError, NotImplementedError) as error:
            # Damaged bytes may also ask for a version of the format that Python does not have.
            raise DataError(
                f"{path} is no zip, or is cut off ({error}); copy or download it again."
            ) from error
        found = [member for member in members if _is_image(member)]
        self.others = count_others(m.filename for m in members if _is_other(m))
        if not found:
            unread = unread_images(self.others)
            why = f": {unread}" if unread else f" ({len(members)} other members)"
            raise DataError(f"{path} holds no images{why}; give a zip of image files.")
        self._members = sorted(found, key=lambda member: member.filename)
        self.name = self._path.stem
        self.labels: Tensor | None
        self.class_names: tuple[str, ...]
        parts = _below_common_folder(self._members)
        self.labels, self.class_names = classes(parts)
        self.strays = tuple(self.title(index) for index in strays(parts))

    def __len__(self) -> int:
        return len(self._members)

    def open(self, index: int) -> IO[bytes]:
        """See `ImageFiles`."""
        return io.BytesIO(self.read(index))

    def read(self, index: int) -> bytes:
        """See `ImageFiles`."""
        member = self._members[index]
        check_size(member.file_size)
        return self._archive().read(member)

    def title(self, index: int) -> str:
        """See `ImageFiles`."""
        return f"{self._path}:{self._members[index].filename}"

    def fingerprint(self) -> list[Any]:
        """See `ImageFiles`."""
        return [[member.filename, member.file_size, member.CRC] for member in self._members]

    def versions(self) -> list[Any] | None:
        """See `ImageFiles`."""
        return []  # the fingerprint has sums of the contents

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_opened": (0, None)}

    def _archive(self) -> ZipFile:
        # A forked process shares its parent's place in the file, so each process opens its own.
        process, archive = self._opened
        if archive is None or process != os.getpid():
            archive = ZipFile(self._path)
            self._opened = os.getpid(), archive
        return archive


def _is_image(member: ZipInfo) -> bool:
    return _is_file(member) and is_image_name(member.filename)


def _is_other(member: ZipInfo) -> bool:
    name = member.filename
    return _is_file(member) and not is_image_name(name) and not is_hidden(name)


def _is_file(member: ZipInfo) -> bool:
    apple = member.filename.startswith("__MACOSX/")
    return not member.is_dir() and not apple


def _below_common_folder(members: list[ZipInfo]) -> list[tuple[str, ...]]:
    parts = [tuple(member.filename.split("/")) for member in members]
    while len({part[0] for part in parts}) == 1 and all(len(part) > 1 for part in parts):
        parts = [part[1:] for part in parts]
    return parts
