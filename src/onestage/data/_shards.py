"""The images in tar shards, on disk or on a server."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch
from torch import Tensor

from onestage.data._files import read_bytes
from onestage.data._index import Shard
from onestage.data._shard_set import ShardSet, check_no_command, find_shards
from onestage.data._source import DataError
from onestage.data._tar import member_name
from onestage.data._unused import Unused

_MAX_CLASSES = 2**20  # each number up to the largest gets a name
_NAMED = 5


class ShardFiles:
    """The images in tars; they are in the order of the names given.

    Tars on disk are read where they are, each image by its place. Shards on a server are fetched
    whole when the order comes to them, a few at a time (`blocks` tells the sampler to ask for
    those of a few shards together).

    Args:
        where: paths or URLs of tars with braces, or the folder or URL of their index.

    Raises:
        DataError: if a shard cannot be read, or there are no images. One line; it says which.
    """

    others: Mapping[str, int] | None = None

    def __init__(self, where: str) -> None:
        check_no_command(where)
        found = find_shards(where)
        samples = [(n, *sample) for n, shard in enumerate(found.shards) for sample in shard.samples]
        if not samples:
            raise DataError(f"{where} holds no images; a shard has members such as 0001.png.")
        self.name = _short_name(found.store.base)
        self._store = found.store
        self._places = np.array([sample[:3] for sample in samples], dtype=np.int64)
        self._shards = [Shard(shard.name, shard.bytes, []) for shard in found.shards]
        self.channels = found.channels
        self.unused = Unused(len(found.unused), found.unused[:_NAMED])
        self.labels: Tensor | None
        self.class_names: tuple[str, ...]
        self.labels, self.class_names = _labels(found, [sample[3] for sample in samples])
        self.blocks: tuple[int, ...] | None = None
        if found.store.is_remote:
            self.blocks = tuple(len(shard.samples) for shard in found.shards if shard.samples)

    def __len__(self) -> int:
        return len(self._places)

    def open(self, index: int) -> IO[bytes]:
        """See `ImageFiles`."""
        return io.BytesIO(self.read(index))

    def read(self, index: int) -> bytes:
        """See `ImageFiles`."""
        number, offset, size = self._places[index].tolist()
        shard = self._shards[number]
        try:
            data = read_bytes(self._store.path(shard), offset, size)
        except FileNotFoundError:  # another process has just made room; on disk it is gone
            data = read_bytes(self._store.path(shard), offset, size)
        if len(data) != size:
            raise EOFError(f"{len(data)} of {size} bytes are there")
        return data

    def title(self, index: int) -> str:
        """See `ImageFiles`."""
        number, offset, _ = self._places[index].tolist()
        shard = self._shards[number]
        try:
            member = member_name(self._store.path(shard), offset)
        except OSError:
            member = str(index)
        return f"{self._store.base}{shard.name}:{member}"

    def fingerprint(self) -> list[Any]:
        """See `ImageFiles`."""
        return [[shard.name, shard.bytes] for shard in self._shards]

    def versions(self) -> list[Any] | None:
        """See `ImageFiles`."""
        places = hashlib.sha256(self._places.tobytes())
        if self.labels is not None:
            places.update(self.labels.numpy().tobytes())
        found: list[Any] = [places.hexdigest()]
        for shard in self._shards:
            version = self._store.version(shard)
            if version is None:
                return None  # the other shards need not be asked for
            found.append(version)
        return found


def _short_name(base: str) -> str:
    """The name of the folder that they are in."""
    return Path(base).resolve().name if "://" not in base else base.rstrip("/").rpartition("/")[2]


def _labels(found: ShardSet, labels: list[int | None]) -> tuple[Tensor | None, tuple[str, ...]]:
    known = [label for label in labels if label is not None and label >= 0]
    if len(known) < len(labels):
        return None, ()
    if not found.class_names and max(known) >= _MAX_CLASSES:
        raise DataError(
            f"{found.store.base} has a class of the number {max(known)}; number them from 0."
        )
    names = found.class_names or tuple(str(number) for number in range(max(known) + 1))
    return torch.tensor(known, dtype=torch.int64), names
