"""A source as tar shards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import torch

from onestage.data._decode import UnreadableImage
from onestage.data._file_source import FileSource
from onestage.data._index import INDEX_NAME, Index, Shard, dump_index
from onestage.data._source import DataError, ImageSource
from onestage.data._tar import index_tar
from onestage.data.tools._write_shard import FORMATS, write_atomically, write_shard

_PLAN_NAME = "pack.json"
_VERSION = 1
_LATER = ("versions",)  # not in the plans of earlier versions of this package, which hold as well


@dataclass(frozen=True)
class PackOptions:
    """How shards are written.

    Attributes:
        shard_size: images in a shard.
        format: `png`, which loses nothing, or `jpg` (quality 95), a third of the size. A JPEG that
            has the right size and channels already is copied as it is in either case.
    """

    shard_size: int = 4096
    format: str = "png"

    def __post_init__(self) -> None:
        if self.shard_size < 1:
            raise DataError(f"shard_size={self.shard_size} holds no image; give at least 1.")
        if self.format not in FORMATS:
            raise DataError(f"format={self.format} is not one of {', '.join(FORMATS)}.")


class Packed(NamedTuple):
    """What was written.

    Attributes:
        shards: number of shards.
        images: number of images in them.
        left_out: number of images that could not be read.
        bytes: size of the shards together.
    """

    shards: int
    images: int
    left_out: int
    bytes: int


def pack(
    source: ImageSource,
    out: str | Path,
    options: PackOptions | None = None,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Packed:
    """Write a source's images, as they are in training, to `out/shard-00000.tar` and so on.

    The shards follow WebDataset's convention (`00000000.png` with `00000000.cls` for its class) and
    are the same, byte for byte, however often and with however many workers they are written. A
    shard is there whole or not at all: a second call writes those that are missing. `index.json`,
    written last, makes the folder a source.

    Args:
        source: the images; of files they are decoded here, so `memory=0` suits.
        out: the folder; it is made.
        options: how.
        workers: processes that write; with 1 it is this one.
        progress: called with the number of shards written and of all.

    Raises:
        DataError: if `out` holds something else, or was begun from other images or with other
            options (it says which), or too many images cannot be read.
        OSError: if a shard cannot be written.
    """
    options, folder = options or PackOptions(), Path(out)
    if workers < 1:
        raise DataError(f"workers={workers} is not a number of processes; give at least 1.")
    _begin(folder, _plan(source, options))
    ranges = [
        range(first, min(first + options.shard_size, len(source)))
        for first in range(0, len(source), options.shard_size)
    ]
    paths = [folder / f"shard-{number:05d}.tar" for number in range(len(ranges))]
    missing = [(path, part) for path, part in zip(paths, ranges, strict=True) if not path.exists()]
    done = len(paths) - len(missing)
    progress(done, len(paths))
    for bad in _write_all(source, options.format, missing, workers):
        _leave_out(source, bad)
        done += 1
        progress(done, len(paths))
    shards = [Shard(p.name, p.stat().st_size, index_tar(p, str(p)).samples) for p in paths]
    index = Index(source.channels, source.class_names, shards)
    write_atomically(folder / INDEX_NAME, dump_index(index).encode())
    images, size = sum(len(shard.samples) for shard in shards), sum(shard.bytes for shard in shards)
    total = len(source.files) if isinstance(source, FileSource) else len(source)
    return Packed(len(shards), images, total - images, size)


def _plan(source: ImageSource, options: PackOptions) -> dict[str, Any]:
    """What decides the bytes of the shards."""
    files: list[Any] = []
    versions: list[Any] = []
    if isinstance(source, FileSource):
        files, versions = source.files.fingerprint(), [source.files.versions(), source.left_out]
    return {
        "kind": "onestage-pack",
        "version": _VERSION,
        "source": source.name,
        "images": len(source),
        "files": _hash(files),
        "versions": _hash(versions),
        "image_size": source.image_size,
        "channels": source.channels,
        "crop": getattr(source, "crop", None),
        **asdict(options),
    }


def _hash(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _begin(folder: Path, plan: dict[str, Any]) -> None:
    file = folder / _PLAN_NAME
    if file.exists():
        before = _read_plan(file)
        before = {**{key: plan[key] for key in _LATER}, **before}
        changed = [key for key, value in plan.items() if before.get(key) != value]
        if changed:
            shown = ", ".join(f"{key} was {before.get(key)}, is {plan[key]}" for key in changed)
            raise DataError(
                f"{folder} was begun otherwise ({shown}); choose another folder, or delete it."
            )
        return
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} holds something else and is left as it is; choose another.")
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(file, (json.dumps(plan, indent=1) + "\n").encode())


def _read_plan(file: Path) -> dict[str, Any]:
    try:
        plan = json.loads(file.read_bytes())
    except ValueError:
        plan = None
    if not isinstance(plan, dict):
        raise DataError(f"{file} is damaged; choose another folder, or delete this one.")
    return plan


_Bad = dict[int, str]


def _write_all(
    source: ImageSource, format: str, parts: list[tuple[Path, range]], workers: int
) -> Iterator[_Bad]:
    """Write the shards, in no order; give each one's unreadable images."""
    if workers == 1 or len(parts) < 2:
        for path, part in parts:
            yield write_shard(source, part, path, format)
        return
    # Processes start as a DataLoader's do.
    with ProcessPoolExecutor(
        min(workers, len(parts)), get_context(), _receive, (source, format)
    ) as pool:
        try:
            jobs = [pool.submit(_write_received, path, part) for path, part in parts]
            for job in as_completed(jobs):
                yield job.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


_received: list[tuple[ImageSource, str]] = []  # a process's own, set when it starts


def _receive(source: ImageSource, format: str) -> None:
    torch.set_num_threads(1)
    _received.append((source, format))


def _write_received(path: Path, part: range) -> _Bad:
    source, format = _received[0]
    return write_shard(source, part, path, format)


def _leave_out(source: ImageSource, bad: _Bad) -> None:
    if isinstance(source, FileSource):
        for index, message in bad.items():
            source.leave_out(index, UnreadableImage(message))
