"""Files beside the images: passed over, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

# What people call images, and Pillow reads not at all, or not in every build.
_PHOTOS = ".avif .heic .heics .heif .hif .j2k .jp2 .jxl .jxr"
_RAW = ".3fr .arw .cr2 .cr3 .dng .nef .nrw .orf .pef .raf .raw .rw2 .sr2 .srw .x3f"
_OTHER = ".dds .eps .exr .hdr .psd .svg .tga"
UNREAD = frozenset(f"{_PHOTOS} {_RAW} {_OTHER}".split())
_NONE = "no suffix"


def count_others(names: Iterable[str]) -> dict[str, int]:
    """How many files there are by suffix: images that are not read first, then the most.

    Args:
        names: of files that are not hidden and not read.
    """
    counts = Counter(PurePosixPath(name).suffix.lower() or _NONE for name in names)

    def place(suffix: str) -> tuple[bool, int, str]:
        return suffix not in UNREAD, -counts[suffix], suffix

    return {suffix: counts[suffix] for suffix in sorted(counts, key=place)}


def unread_images(counts: Mapping[str, int]) -> str:
    """One clause on those that are images; empty if there are none."""
    images = {suffix: count for suffix, count in counts.items() if suffix in UNREAD}
    total = sum(images.values())
    if not total:
        return ""
    files = "1 image file is" if total == 1 else f"{total:,} image files are"
    named = ", ".join(f"{suffix} {count:,}" for suffix, count in images.items())
    return f"{files} of a kind that is not read ({named})"
