"""Which shards an option names, and what they hold."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

from onestage.data._braces import expand_braces
from onestage.data._cache import ShardCache
from onestage.data._fetch import fetch_text, fetch_validators
from onestage.data._grey import are_grey
from onestage.data._index import INDEX_NAME, Index, Shard, begins_as_index, is_index, parse_index
from onestage.data._sampler import WINDOW
from onestage.data._source import DataError
from onestage.data._tar import index_tar

_MAX_INDEX_BYTES = 2**31
_CACHED = 2 * WINDOW + 2  # those shuffled together, those read ahead, and some to spare


class Store(Protocol):
    """Where the shards are."""

    base: str
    is_remote: bool

    def path(self, shard: Shard) -> Path:
        """A file with the shard, now."""
        ...

    def index(self) -> Index | None:
        """The index beside the shards, if there is one."""
        ...

    def version(self, shard: Shard) -> list[Any] | None:
        """What changes when the shard is written again; None where nothing tells it."""
        ...


class ShardSet(NamedTuple):
    """Shards with their samples.

    Attributes:
        store: where they are.
        shards: in their order.
        channels: what all images have, where it is known.
        class_names: empty where they have none.
        unused: names of the members that end as images do and are none, where they were looked for.
    """

    store: Store
    shards: list[Shard]
    channels: int | None
    class_names: tuple[str, ...]
    unused: tuple[str, ...] = ()


class LocalStore:
    """Shards in a folder."""

    is_remote = False

    def __init__(self, base: str) -> None:
        self.base = base
        self._paths: dict[str, Path] = {}  # making one costs as much as opening it

    def path(self, shard: Shard) -> Path:
        """See `Store`."""
        if shard.name not in self._paths:
            self._paths[shard.name] = Path(self.base + shard.name)
        return self._paths[shard.name]

    def index(self) -> Index | None:
        """See `Store`."""
        path = Path(self.base + INDEX_NAME)
        if not is_index(path):
            return None
        index = parse_index(path.read_bytes(), str(path))
        for shard in index.shards:
            _check_size(self.path(shard), shard.bytes)
        return index

    def version(self, shard: Shard) -> list[Any] | None:
        """See `Store`."""
        try:
            return [self.path(shard).stat().st_mtime_ns]
        except OSError:  # it has disappeared since
            return None


class RemoteStore:
    """Shards on a server."""

    is_remote = True

    def __init__(self, base: str) -> None:
        self.base = base
        self._cache = ShardCache(_CACHED, base)

    def path(self, shard: Shard) -> Path:
        """See `Store`."""
        name = quote(shard.name, safe="")
        return self._cache.get(self.base + shard.name, name, shard.bytes or None)

    def index(self) -> Index | None:
        """See `Store`."""
        url = self.base + INDEX_NAME
        text = fetch_text(url, _MAX_INDEX_BYTES)
        # Some servers answer every name with a page of their own.
        return parse_index(text, url) if text and begins_as_index(text) else None

    def version(self, shard: Shard) -> list[Any] | None:
        """See `Store`."""
        found = fetch_validators(self.base + shard.name)
        return [self.base, *found] if found else None


def is_url(where: str) -> bool:
    """Whether an option is a web address."""
    return where.startswith(("http://", "https://"))


def is_shards(where: str) -> bool:
    """Whether an option names shards: tars, URLs, or what has an index of them."""
    if is_url(where) or where.endswith((".tar", f"/{INDEX_NAME}")):
        return True
    return Path(where).is_dir() and is_index(Path(where) / INDEX_NAME)


def check_no_command(where: str) -> None:
    """Raise `DataError` for what WebDataset would run in a shell."""
    if where.startswith("pipe:") or "|" in where:
        raise DataError(f"{where} is a command, and a source never runs one; give paths or URLs.")


def find_shards(where: str) -> ShardSet:
    """The shards that an option names.

    Raises:
        DataError: if one of them is not there, or cannot be read.
    """
    if not is_url(where) and Path(where).is_dir():
        where = os.path.join(where, INDEX_NAME)
    whole = where.endswith(INDEX_NAME)
    paths = [where] if whole else expand_braces(where)
    base = _common_folder(paths)
    store: Store = RemoteStore(base) if is_url(where) else LocalStore(base)
    index = store.index()
    if whole:
        if index is None:
            raise DataError(f"{where} is no index of shards; give the shards' own names.")
        return ShardSet(store, index.shards, index.channels, index.class_names)
    names = [path.removeprefix(base) for path in paths]
    indexed = {shard.name: shard for shard in index.shards} if index else {}
    if index is not None and indexed.keys() >= set(names):
        shards = [indexed[name] for name in names]
        return ShardSet(store, shards, index.channels, index.class_names)
    return _look_through(store, names)


def _common_folder(paths: list[str]) -> str:
    """What the paths begin with, up to a slash."""
    # `os.path.commonpath` would turn `http://` into `http:/`.
    first, last = min(paths), max(paths)
    pairs = zip(first, last, strict=False)
    length = next((place for place, (a, b) in enumerate(pairs) if a != b), len(first))
    return first[: first.rfind("/", 0, length) + 1]


def _look_through(store: Store, names: list[str]) -> ShardSet:
    """The shards of a set without an index: each is read once."""
    shards, unused = [], []
    all_grey: bool | None = None  # not known before an image has been read
    for name in names:
        title = store.base + name
        if not name.endswith(".tar"):
            raise DataError(f"{title} is no shard; its name must end in .tar.")
        path = store.path(Shard(name, 0, []))
        if not path.exists():
            raise DataError(f"{title} does not exist; check the pattern.")
        samples, passed_over = index_tar(path, title)
        shards.append(Shard(name, path.stat().st_size, samples))
        unused += [f"{title}:{member}" for member in passed_over]
        if store.is_remote and all_grey is not False:  # while it is here: it may be dropped
            found = are_grey(path, samples)
            all_grey = all_grey if found is None else found
    channels = (1 if all_grey else 3) if store.is_remote else None
    return ShardSet(store, shards, channels, (), tuple(unused))


def _check_size(path: Path, size: int) -> None:
    found = path.stat().st_size if path.exists() else None
    if found != size:
        what = "is not there" if found is None else f"has {found:,} bytes instead of {size:,}"
        raise DataError(f"{path} {what}; copy or pack it again.")
