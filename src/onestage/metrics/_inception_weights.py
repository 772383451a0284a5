"""The weights of Inception, fetched once and checked."""

import hashlib
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from onestage.metrics._cache import find_cache
from onestage.metrics._inception import InceptionFeatures

URL = (
    "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
    "pt_inception-2015-12-05-6726825d.pth"
)
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
VARIABLE = "ONESTAGE_INCEPTION"


def load_inception(
    weights: str | Path | None = None, *, cache_dir: str | Path | None = None
) -> InceptionFeatures:
    """FID's Inception with its weights, fetched (96 MB) at the first call and kept.

    Args:
        weights: a file that was fetched already; None takes the file that the environment's
            `ONESTAGE_INCEPTION` names, or else the cache's.
        cache_dir: folder of the cache; None takes the environment's `ONESTAGE_CACHE`, or else
            `~/.cache/onestage`.

    Returns:
        The network on the CPU, in eval mode, its parameters frozen.

    Raises:
        ValueError: if the file is another than the one whose SHA-256 is known.
        OSError: if there is no such file, or it cannot be fetched; says what to put where.
    """
    given = weights or os.environ.get(VARIABLE)
    path = Path(given) if given else find_cache(cache_dir) / URL.rpartition("/")[2]
    if not given and not path.is_file():
        _fetch(path)
    _check(path)
    network = InceptionFeatures()
    _fill(network, torch.load(path, map_location="cpu", weights_only=True), path)
    return network.eval().requires_grad_(False)


def _fetch(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It writes beside the place and renames: a reader sees a whole file or none.
        torch.hub.download_url_to_file(URL, str(path), hash_prefix=SHA256, progress=False)
    except RuntimeError as error:  # the hash; nothing is kept
        raise ValueError(
            f"what {URL} gave is not the weights of Inception ({error}); fetch them elsewhere, and "
            f"put them at {path}, or name their place by {VARIABLE}."
        ) from error
    except OSError as error:
        reason = getattr(error, "reason", None) or error
        raise OSError(
            f"the weights of Inception cannot be fetched ({reason}); fetch {URL} where there is a "
            f"network, and put it at {path}, or name its place by {VARIABLE}."
        ) from error


def _check(path: Path) -> None:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(2**20):
            digest.update(part)
    if digest.hexdigest() != SHA256:
        raise ValueError(
            f"{path} is not the weights of Inception: its SHA-256 begins with "
            f"{digest.hexdigest()[:8]}, not {SHA256[:8]}; delete it and fetch {URL}."
        )


def _fill(network: InceptionFeatures, tensors: dict[str, Tensor], path: Path) -> None:
    """Load the weights; older files lack the counters of batches, which are of no use here."""
    found: Any = network.load_state_dict(tensors, strict=False)
    missing = [name for name in found.missing_keys if not name.endswith("num_batches_tracked")]
    if missing or found.unexpected_keys:
        name = (missing or found.unexpected_keys)[0]
        raise ValueError(f"{path} does not fit Inception: {name} is missing or unexpected.")
