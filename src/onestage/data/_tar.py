"""What lies where in a tar."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import NamedTuple

from onestage.data._files import MAX_FILE_BYTES, SUFFIXES, is_image_name
from onestage.data._source import DataError

_NAME_BYTES = 100
_BLOCK = 512
_MAX_LABEL_BYTES = 2**20
_JSON_KEYS = ("label", "cls", "class")


class Sample(NamedTuple):
    """An image in a tar, and its class."""

    offset: int
    size: int
    label: int | None


class Contents(NamedTuple):
    """What a tar holds.

    Attributes:
        samples: in their order.
        unused: names of the members that end as an image's does and are no sample's image.
    """

    samples: list[Sample]
    unused: list[str]


class _Member(NamedTuple):
    """A member that ends as an image's does."""

    key: str
    suffix: str
    name: str
    offset: int
    size: int

    @property
    def is_plain(self) -> bool:
        return self.suffix in SUFFIXES


def index_tar(path: Path, title: str) -> Contents:
    """The samples of a shard, in their order; no more than the members' headers is read.

    Members of one sample share their name up to the first dot (WebDataset's convention): the image
    is the first with an image's suffix, its class the number in `.cls`, or `label`, `cls` or
    `class` in `.json`. A sample without such an image has the first that ends as one, as
    `beach 1.5x.jpg` does; but not a `7.seg.png` where others have that beside their image.

    Args:
        path: the tar, not compressed.
        title: what to call it in messages.

    Raises:
        DataError: if it is no tar, or is cut off.
    """
    members: list[_Member] = []
    labels: dict[str, int] = {}
    try:
        with tarfile.open(path, "r:") as tar:
            for member in tar:
                key, suffix = _split(member.name)
                if not member.isreg():
                    continue
                if suffix in SUFFIXES or is_image_name(member.name):
                    place = member.offset_data, member.size
                    members.append(_Member(key, suffix, member.name, *place))
                elif suffix in (".cls", ".json") and member.size <= _MAX_LABEL_BYTES:
                    file = tar.extractfile(member)
                    label = _label(file.read(), suffix) if file else None
                    if label is not None:
                        labels[key] = label
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise DataError(
            f"{title} is no plain tar, or is cut off ({error}); copy or make it again."
        ) from error
    images = _choose(members)
    taken = {image.offset for image in images}
    return Contents(
        [Sample(image.offset, image.size, labels.get(image.key)) for image in images],
        [m.name for m in members if m.offset not in taken and is_image_name(m.name)],
    )


def member_name(path: Path, offset: int) -> str:
    """The name of the member whose data begin at `offset`, as far as its header has it."""
    with open(path, "rb") as file:
        file.seek(max(0, offset - _BLOCK))
        return file.read(_NAME_BYTES).rstrip(b"\0").decode(errors="replace")


def _choose(members: list[_Member]) -> list[_Member]:
    """The image of each key, in the order of the tar."""
    chosen: dict[str, _Member] = {}
    fitting = [member for member in members if member.size <= MAX_FILE_BYTES]
    for member in fitting:
        if member.is_plain:
            chosen.setdefault(member.key, member)
    dotted = [member for member in fitting if not member.is_plain]
    besides = {member.suffix for member in dotted if member.key in chosen}
    for member in dotted:
        if member.suffix not in besides:
            chosen.setdefault(member.key, member)
    return sorted(chosen.values(), key=lambda member: member.offset)


def _split(name: str) -> tuple[str, str]:
    """Key and suffix: `a/b.c/7.seg.png` gives `a/b.c/7` and `.seg.png`."""
    folder, slash, base = name.rpartition("/")
    stem, dot, suffix = base.partition(".")
    return folder + slash + stem, (dot + suffix).lower()


def _label(data: bytes, suffix: str) -> int | None:
    if suffix == ".cls":
        text = data.decode(errors="replace").strip()
        return int(text) if text.isdecimal() else None
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return None
    values = [record.get(key) for key in _JSON_KEYS] if isinstance(record, dict) else []
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool)), None)
