"""Is it still the same source? Told without reading an image."""

import hashlib
import json
from typing import Any

from onestage._version import __version__

_PACKAGED = ("digits", "photographs")


def fingerprint(source: Any) -> str | None:
    """A hash that changes when the images of a source may have changed.

    * A source that has a method `fingerprint() -> str` is asked.
    * Of a source that lists its files (`paths`), their names, sizes and times of change count.
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
    paths = getattr(source, "paths", None) or getattr(source, "_paths", None)
    if paths is not None:
        stats = [(path, path.stat()) for path in paths]
        return [[path.name, stat.st_size, stat.st_mtime_ns] for path, stat in stats]
    if type(source).__module__.startswith("onestage.data.") and source.name in _PACKAGED:
        return __version__
    return None
