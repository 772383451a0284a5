"""Whether a shard's images are grey, told while it is here."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from onestage.data._decode import look_at
from onestage.data._files import read_bytes
from onestage.data._tar import Sample


def are_grey(path: Path, samples: Sequence[Sample]) -> bool | None:
    """Whether all images of a tar are grey, by their headers.

    Those that cannot be read tell nothing, as in `FileSource`; None if none can.
    """
    found = None
    for sample in samples:
        try:
            data = read_bytes(path, sample.offset, sample.size)
            found = look_at(io.BytesIO(data)).is_grey
        except Exception:  # what a damaged file raises depends on the format
            continue
        if not found:
            return False
    return found
