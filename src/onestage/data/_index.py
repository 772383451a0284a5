"""`index.json`: what a set of shards holds, so that nobody has to read them to know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from onestage.data._source import DataError
from onestage.data._tar import Sample

INDEX_NAME = "index.json"
_KIND, _VERSION = "onestage-shards", 1
_LARGEST = 2**62
_HEAD = 200  # bytes within which the kind stands


class Shard(NamedTuple):
    """One tar and its samples."""

    name: str
    bytes: int
    samples: list[Sample]


class Index(NamedTuple):
    """A set of shards.

    Attributes:
        channels: 1 or 3; what every image has.
        class_names: empty where there are no classes, or they have no names.
        shards: in their order.
    """

    channels: int
    class_names: tuple[str, ...]
    shards: list[Shard]


def is_index(path: Path) -> bool:
    """Whether a file is an index of shards, by its first bytes."""
    try:
        with open(path, "rb") as file:
            return begins_as_index(file.read(_HEAD))
    except OSError:
        return False


def begins_as_index(data: bytes) -> bool:
    """Whether bytes are those of an index of shards, by the first of them."""
    return _KIND.encode() in data[:_HEAD]


def dump_index(index: Index) -> str:
    """The index as text, always the same."""
    labels = (sample.label for shard in index.shards for sample in shard.samples)
    has_labels = bool(index.class_names) or any(label is not None for label in labels)
    shards = [
        {
            "name": shard.name,
            "bytes": shard.bytes,
            "offsets": [sample.offset for sample in shard.samples],
            "sizes": [sample.size for sample in shard.samples],
            "labels": [sample.label for sample in shard.samples] if has_labels else None,
        }
        for shard in index.shards
    ]
    head = {"kind": _KIND, "version": _VERSION, "channels": index.channels}
    return json.dumps({**head, "class_names": index.class_names, "shards": shards}) + "\n"


def parse_index(text: str | bytes, title: str) -> Index:
    """The index that a text holds.

    Raises:
        DataError: if it is none, or of another version.
    """
    try:
        record = json.loads(text)
        if (record["kind"], record["version"]) != (_KIND, _VERSION):
            raise ValueError(f"{record['kind']} version {record['version']}")
        names = tuple(str(name) for name in record["class_names"])
        if record["channels"] not in (1, 3):
            raise ValueError(f"channels {record['channels']}")
        shards = [_shard(entry, len(names)) for entry in record["shards"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{title} is no index of shards that this version reads ({error}); delete it, and the "
            "shards are looked through instead."
        ) from error
    return Index(record["channels"], names, shards)


def _shard(entry: dict[str, Any], num_classes: int) -> Shard:
    name = entry["name"]
    if not isinstance(name, str) or "/" in name or "\\" in name or not name.endswith(".tar"):
        raise ValueError(f"shard name {name!r}")
    labels = entry["labels"]
    if labels is None and not num_classes:
        labels = [None] * len(entry["offsets"])
    samples = [
        Sample(_whole(offset), _whole(size), None if label is None else _whole(label, num_classes))
        for offset, size, label in zip(entry["offsets"], entry["sizes"], labels, strict=True)
    ]
    return Shard(name, _whole(entry["bytes"]), samples)


def _whole(value: Any, limit: int = 0) -> int:
    limit = limit or _LARGEST
    if type(value) is not int or not 0 <= value < limit:
        raise ValueError(f"{value!r} is no whole number from 0 to {limit - 1}")
    return value
