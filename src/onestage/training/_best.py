"""The state that was evaluated best."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from onestage.training._checkpoint import list_checkpoints, load_loop
from onestage.training._index import CheckpointError


def keep_best(folder: Path) -> float:
    """The fid of the best checkpoint in a folder; infinity where none can be used.

    A run that was killed as it wrote one may have left the one before: the worse is deleted.
    """
    fids = {path: _fid(path) for path in list_checkpoints(folder)}
    if not fids:
        return math.inf
    best = min(fids, key=lambda path: fids[path])
    for path in fids.keys() - {best}:
        shutil.rmtree(path)
    return fids[best]


def _fid(path: Path) -> float:
    try:
        return float(load_loop(path)["least_fid"])
    except CheckpointError:
        return math.inf
