"""Is it still the same source? Told without reading an image."""

import hashlib
import json
from pathlib import Path
from typing import Any

from onestage._version import __version__

_PACKAGED = ("digits", "photographs")


def fingerprint(source: Any) -> str | None:
    """A hash that changes when the images of a source may have changed.

    * A source that has a method `fingerprint()` is asked; it gives what JSON can hold.
    * Of a source of `files`, these are asked, and where they lie in a folder their times of change
      count too: a file may be written again with the same size.
    * The images of `digits` and `photographs` change with the package's version only.

    Returns:
        The hash, or None where nothing is known of the source: it may change at any time.
    """
    facts = _facts(source)
    if facts is None:
        return None
    shape = [source.name, len(source), source.channels, source.image_size]
    return hashlib.sha256(json.dumps([shape, facts]).encode()).hexdigest()


def _facts(source: Any) -> Any:
    own = getattr(source, "fingerprint", None)
    if callable(own):
        return own()
    files = getattr(source, "files", None)
    if files is not None:
        return [files.fingerprint(), getattr(source, "crop", None), _times(source)]
    if type(source).__module__.startswith("onestage.data.") and source.name in _PACKAGED:
        return __version__
    return None


def _times(source: Any) -> list[int]:
    """When the files of a folder were changed; of an archive's members it is not known."""
    if not Path(source.title(0)).is_file():
        return []
    return [Path(source.title(index)).stat().st_mtime_ns for index in range(len(source))]
