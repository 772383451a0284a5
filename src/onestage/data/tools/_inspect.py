"""What a source holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median_low

import torch
from torch import Tensor

from onestage.data._build import NAMES, build_source
from onestage.data._decode import Header, decode, read_header
from onestage.data._files import ImageFiles
from onestage.data._open import open_files
from onestage.data._source import ImageSource, check_options
from onestage.data._try_each import try_each

_GRID_IMAGES = 64


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What was found.

    Attributes:
        source: its name.
        images: number of images that can be read.
        bad: one line for each that cannot be read.
        others: number of the files that were passed over, by suffix, hidden ones left out; None
            where they are not counted (shards, data sets of the Hub).
        unused: number of images in tars that are not used, as another is their sample's.
        unused_names: those of the first five.
        widths: least, median and largest, in pixels.
        heights: likewise.
        modes: images of each of Pillow's modes (L: grey, RGB: colour, P: palette, ...).
        formats: images of each file format.
        labels: images of each class; empty where there are no classes.
        examples: up to 64 images, evenly spread, float32 [N, C, H, W] in [-1, 1].
    """

    source: str
    images: int
    bad: list[str] = field(default_factory=list)
    others: dict[str, int] | None = None
    unused: int = 0
    unused_names: list[str] = field(default_factory=list)
    widths: tuple[int, int, int]
    heights: tuple[int, int, int]
    modes: dict[str, int]
    formats: dict[str, int]
    labels: dict[str, int]
    examples: Tensor


def inspect_source(where: str, *, image_size: int = 64) -> Inspection:
    """Decode every image of a source and tell what there is; bad ones do not stop it.

    Args:
        where: as for `onestage.data.build_source`.
        image_size: height and width of the examples in pixels.

    Raises:
        DataError: if there is no such source, or no image of it can be read.
    """
    check_options(image_size, None)
    if where in NAMES:
        return _inspect_built_in(build_source(where, image_size=image_size))
    files = open_files(where)
    unused = getattr(files, "unused", None)
    found, bad = try_each(lambda k: read_header(files, k, whole=True), range(len(files)))
    return Inspection(
        source=files.name,
        images=len(found),
        bad=[str(error) for _, error in sorted(bad.items())],
        others=None if files.others is None else dict(files.others),
        unused=unused.number if unused else 0,
        unused_names=list(unused.names) if unused else [],
        widths=_spread(header.width for _, header in found),
        heights=_spread(header.height for _, header in found),
        modes=_count(header.mode for _, header in found),
        formats=_count(header.format for _, header in found),
        labels=_count_labels(files.labels, files.class_names, [k for k, _ in found]),
        examples=_examples(files, found, image_size),
    )


def _inspect_built_in(source: ImageSource) -> Inspection:
    size = (source.image_size,) * 3
    examples = [source[index] for index in _spaced(len(source))]
    return Inspection(
        source=source.name,
        images=len(source),
        widths=size,
        heights=size,
        modes={"L" if source.channels == 1 else "RGB": len(source)},
        formats={"built in": len(source)},
        labels=_count_labels(source.labels, source.class_names, list(range(len(source)))),
        examples=torch.stack(examples),
    )


def _examples(files: ImageFiles, found: list[tuple[int, Header]], image_size: int) -> Tensor:
    channels = 1 if all(header.is_grey for _, header in found) else 3
    chosen = [found[place][0] for place in _spaced(len(found))]
    pixels = [decode(files, k, image_size=image_size, channels=channels) for k in chosen]
    if not pixels:
        return torch.empty(0, channels, image_size, image_size)
    return torch.stack([torch.tensor(p).permute(2, 0, 1).float() / 127.5 - 1 for p in pixels])


def _spaced(length: int) -> list[int]:
    count = min(length, _GRID_IMAGES)
    return [place * length // count for place in range(count)]


def _spread(values: Iterable[int]) -> tuple[int, int, int]:
    known = list(values) or [0]
    return min(known), median_low(known), max(known)


def _count(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def _count_labels(
    labels: Tensor | None, names: tuple[str, ...], indices: list[int]
) -> dict[str, int]:
    if labels is None:
        return {}
    counts = labels[indices].bincount(minlength=len(names)).tolist()
    return dict(zip(names, counts, strict=True))
