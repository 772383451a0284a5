"""The images in an LMDB, as LSUN has them: the values are image files."""

import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from torch import Tensor

from onestage.data._source import DataError


def import_lmdb() -> Any:
    """The package.

    Raises:
        ModuleNotFoundError: if it is not installed.
    """
    try:
        import lmdb
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"LSUN's database needs {error.name}, which is not installed; "
            "pip install 'onestage[lsun]'.",
            name=error.name,
        ) from error
    return lmdb


class LmdbFiles:
    """The values of a database, in the order of its keys.

    Args:
        path: the file `data.mdb`.
        name: short name.

    Raises:
        DataError: if it cannot be read or is empty.
        ModuleNotFoundError: if the package `lmdb` is not installed.
    """

    labels: Tensor | None = None
    class_names: tuple[str, ...] = ()
    channels: int | None = None
    others: Mapping[str, int] | None = None
    blocks: tuple[int, ...] | None = None

    def __init__(self, path: Path, name: str) -> None:
        lmdb = import_lmdb()
        self.name = name
        self._path = path
        self._opened: tuple[int, Any] = (0, None)
        try:
            with self._database().begin() as transaction:
                self._keys = list(transaction.cursor().iternext(values=False))
        except lmdb.Error as error:
            raise DataError(
                f"{path} is no LMDB, or is cut off ({error}); unpack or download it again."
            ) from error
        if not self._keys:
            raise DataError(f"{path} is empty; unpack or download it again.")

    def __len__(self) -> int:
        return len(self._keys)

    def open(self, index: int) -> IO[bytes]:
        """See `ImageFiles`."""
        return io.BytesIO(self.read(index))

    def read(self, index: int) -> bytes:
        """See `ImageFiles`."""
        with self._database().begin() as transaction:
            return transaction.get(self._keys[index])

    def title(self, index: int) -> str:
        """See `ImageFiles`."""
        return f"{self._path}:{self._keys[index].decode(errors='replace')}"

    def fingerprint(self) -> list[Any]:
        """See `ImageFiles`."""
        return [self._path.stat().st_size, [key.hex() for key in self._keys]]

    def versions(self) -> list[Any] | None:
        """See `ImageFiles`."""
        return [self._path.stat().st_mtime_ns]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_opened": (0, None)}

    def _database(self) -> Any:
        lmdb = import_lmdb()
        process, database = self._opened
        if process != os.getpid():  # a database may not be used across a fork
            if database is not None:
                database.close()  # this process's copy of the parent's
            database = lmdb.open(
                str(self._path), subdir=False, readonly=True, lock=False, readahead=False
            )
            self._opened = os.getpid(), database
        return database
