"""Is it still the same source? Told without reading an image."""

import hashlib
import json
from typing import Any

from onestage._version import __version__

_PACKAGED = ("digits", "photographs")


def fingerprint(source: Any) -> str | None:
    """A hash that changes when the images of a source may have changed.

    * A source that has a method `fingerprint()` is asked; it gives what JSON can hold.
    * Of this package's source of `files`, these are asked: for names and sizes, and for what
      changes when a file is written again with the same size. A class derived from it may change
      them, and its code may be changed unseen.
    * The images of `digits` and `photographs` change with the package's version only.

    The source's type counts in any case.

    Returns:
        The hash, or None where nothing is known of the source: it may change at any time.
    """
    facts = _facts(source)
    if facts is None:
        return None
    code = f"{type(source).__module__}.{type(source).__qualname__}"
    shape = [code, source.name, len(source), source.channels, source.image_size]
    return hashlib.sha256(json.dumps([shape, facts]).encode()).hexdigest()


def _facts(source: Any) -> Any:
    own = getattr(source, "fingerprint", None)
    if callable(own):
        return own()
    if not type(source).__module__.startswith("onestage.data."):
        return None
    files = getattr(source, "files", None)
    if files is not None:
        versions = files.versions()
        facts = [files.fingerprint(), source.crop, source.left_out, versions]
        return None if versions is None else facts
    return __version__ if source.name in _PACKAGED else None
