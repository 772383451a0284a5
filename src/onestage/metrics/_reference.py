"""The real images' features, computed once and kept."""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from onestage.data import ImageSource
from onestage.metrics._cache import find_cache, read_tensors, write_tensors
from onestage.metrics._features import extract_features
from onestage.metrics._fingerprint import fingerprint
from onestage.metrics._hash import ImageHash, hash_network
from onestage.metrics._probe import probe_network

_VERSION = 2  # of the file: with another, older ones are passed over
_BATCH_SIZE = 256
_log = logging.getLogger("onestage.metrics")


@dataclass(frozen=True)
class Reference:
    """Features of real images.

    Attributes:
        features: float64 [N, F], on the CPU.
        sha256: hash of the images at 8 bits.
    """

    features: Tensor
    sha256: str


def load_reference(
    network: nn.Module, source: ImageSource, cache_dir: str | Path | None = None
) -> Reference:
    """The features of all images of a source, from the cache where they are.

    The file is known by the hash of the network, by what the network makes of one fixed image and
    by the source's `fingerprint`, so that no image is read to find it. It is not kept for a source
    of which nothing is known, nor for a network without a `version`: that its code was changed
    could not be seen; nor where an image that could not be read was replaced by another, which may
    be a fault of the moment. A damaged file is replaced.

    Args:
        network: as for `extract_features`.
        source: the real images.
        cache_dir: folder of the cache; None takes the environment's `ONESTAGE_CACHE`, or else
            `~/.cache/onestage`.
    """
    path = _find(network, source, cache_dir)
    reference = _read(path, len(source)) if path is not None and path.is_file() else None
    if reference is None:
        reference = _compute(network, source)
        if path is not None and not _has_replaced(source):
            _write(path, reference)
    return reference


def _find(network: nn.Module, source: ImageSource, cache_dir: str | Path | None) -> Path | None:
    version, images = getattr(network, "version", None), fingerprint(source)
    if version is None or images is None:
        return None
    code = f"{type(network).__module__}.{type(network).__qualname__}"
    weights = hash_network(network)
    probe = probe_network(network, source.channels, source.image_size)
    place = next(network.parameters(), torch.empty(0))  # where and how exactly it computes
    facts = [_VERSION, code, version, weights, probe, place.device.type, str(place.dtype), images]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return find_cache(cache_dir) / f"reference-{key[:32]}.safetensors"


def _has_replaced(source: ImageSource) -> bool:
    replaced = getattr(source, "num_replaced", 0)
    if replaced:
        words = "%s: images that could not be read: %d; the features are not kept."
        _log.warning(words, source.name, replaced)
    return bool(replaced)


def _compute(network: nn.Module, source: ImageSource) -> Reference:
    digest = ImageHash()
    features = extract_features(network, _hashed_batches(source, digest))
    return Reference(features, digest.hexdigest())


def _hashed_batches(source: ImageSource, digest: ImageHash) -> Iterator[Tensor]:
    for first in range(0, len(source), _BATCH_SIZE):
        last = min(first + _BATCH_SIZE, len(source))
        batch = torch.stack([source[index] for index in range(first, last)])
        digest.update(batch)
        yield batch


def _read(path: Path, num_images: int) -> Reference | None:
    try:
        tensors, metadata = read_tensors(path)
        if len(tensors["features"]) != num_images:
            raise ValueError(f"it has {len(tensors['features'])} images of {num_images}")
        return Reference(tensors["features"].double(), metadata["images_sha256"])
    except Exception as error:  # what a damaged file raises depends on the damage
        reason = " ".join(str(error).split())
        _log.warning("%s is damaged (%s); the features are computed anew.", path, reason)
        return None


def _write(path: Path, reference: Reference) -> None:
    single = reference.features.float()  # most networks compute in it, and it is half the file
    exact = torch.equal(single.double(), reference.features)
    tensors = {"features": single if exact else reference.features}
    try:
        write_tensors(path, tensors, {"images_sha256": reference.sha256})
    except Exception as error:  # safetensors has its own exception for a full disk
        _log.warning("%s cannot be written (%s); the features are not kept.", path, error)
