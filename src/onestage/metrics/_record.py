"""A measurement with all that is needed to repeat it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

import torch
from torch import Tensor, nn

from onestage._version import __version__
from onestage.data import ImageSource

from ._distances import SUBSET_SIZE, SUBSETS, frechet_distance, kernel_distance
from ._features import PixelFeatures, extract_features
from ._hash import ImageHash, hash_tensors
from ._load import load_digits_classifier

_BATCH_SIZE = 256
_DIGITS = "digits"


class MetricRecord(TypedDict):
    """What was measured, and with what. It can be written as JSON."""

    fid: float
    """Frechet distance."""
    kid: float
    """Kernel distance, mean over subsets."""
    kid_std: float
    """Its standard deviation over subsets."""
    coverage: float | None
    """Share of the class generated least; None where the feature network has no classes."""
    confidence: float | None
    """Mean probability of the likeliest class; None likewise."""
    num_samples: int
    """Number of generated images."""
    image_size: int
    """Their height and width in pixels, and those of the reference."""
    feature_network: str
    """Its name."""
    feature_network_sha256: str
    """Hash of its weights."""
    num_features: int
    """Length of its features."""
    resize: str
    """What it does to images first."""
    reference: str
    """Name of the source of real images."""
    num_reference: int
    """Number of real images."""
    reference_sha256: str
    """Hash of the real images."""
    kid_subsets: int
    """Number of subsets in `kid`."""
    kid_subset_size: int
    """Samples in a subset, at most."""
    seed: int
    """Which subsets."""
    version: str
    """Version of this package."""


class Evaluator:
    """Measures generated images against the images of a source.

    The features of the real images are computed at the first call and kept.

    Args:
        source: The real images. All of them are the reference.
        feature_network: Maps images [N, C, H, W] in [-1, 1] to [N, F], in eval mode. It may have a
            `name`, a `resize` (words for the record), and `classify(features) -> logits`, from
            which coverage and confidence come. None takes the digits classifier for the source
            `digits`, else `PixelFeatures`.
        cache_dir: Where the digits classifier is kept; see `load_digits_classifier`.
        kid_subsets: Number of subsets in `kid`.
        kid_subset_size: Samples in a subset, at most.
        seed: Which subsets.
    """

    def __init__(
        self,
        source: ImageSource,
        *,
        feature_network: nn.Module | None = None,
        cache_dir: str | Path | None = None,
        kid_subsets: int = SUBSETS,
        kid_subset_size: int = SUBSET_SIZE,
        seed: int = 0,
    ) -> None:
        self._source = source
        self._network = feature_network or _default_network(source, cache_dir)
        self._kid_options = {"subsets": kid_subsets, "subset_size": kid_subset_size, "seed": seed}
        self._reference: tuple[Tensor, str] | None = None

    def __call__(self, fake_images: Tensor | Iterable[Tensor]) -> MetricRecord:
        """Measures generated images.

        Args:
            fake_images: [N, C, H, W] in [-1, 1] of the source's size and channels, N >= 2, or an
                iterable of such batches.

        Raises:
            ValueError: If the images cannot be measured: wrong shape, not finite, out of range.
            ModuleNotFoundError: If torchmetrics is not installed.
        """
        fake = extract_features(self._network, self._checked(fake_images), batch_size=_BATCH_SIZE)
        real, real_hash = self._real()
        kid, kid_std = kernel_distance(real, fake, **self._kid_options)
        coverage, confidence = _classes(self._network, fake)
        return MetricRecord(
            fid=frechet_distance(real, fake),
            kid=kid,
            kid_std=kid_std,
            coverage=coverage,
            confidence=confidence,
            num_samples=len(fake),
            image_size=self._source.image_size,
            feature_network=getattr(self._network, "name", type(self._network).__name__),
            feature_network_sha256=hash_tensors(self._network.state_dict()),
            num_features=fake.shape[1],
            resize=getattr(self._network, "resize", "none"),
            reference=self._source.name,
            num_reference=len(real),
            reference_sha256=real_hash,
            kid_subsets=self._kid_options["subsets"],
            kid_subset_size=min(self._kid_options["subset_size"], len(real), len(fake)),
            seed=self._kid_options["seed"],
            version=__version__,
        )

    def _real(self) -> tuple[Tensor, str]:
        if self._reference is None:
            digest = ImageHash()
            features = extract_features(self._network, _hashed_batches(self._source, digest))
            self._reference = features, digest.hexdigest()
        return self._reference

    def _checked(self, images: Tensor | Iterable[Tensor]) -> Iterator[Tensor]:
        size = self._source.image_size
        expected = (self._source.channels, size, size)
        for batch in images.split(_BATCH_SIZE) if isinstance(images, Tensor) else images:
            if tuple(batch.shape[1:]) != expected:
                raise ValueError(
                    f"generated images of shape {list(batch.shape)} cannot be held against "
                    f"{self._source.name}, whose images are {list(expected)}; build the source "
                    "for their size and channels."
                )
            yield batch


def evaluate_images(
    fake_images: Tensor | Iterable[Tensor],
    source: ImageSource,
    *,
    feature_network: nn.Module | None = None,
    cache_dir: str | Path | None = None,
    seed: int = 0,
) -> MetricRecord:
    """Measures generated images against a source once; arguments and errors as for `Evaluator`."""
    evaluator = Evaluator(source, feature_network=feature_network, cache_dir=cache_dir, seed=seed)
    return evaluator(fake_images)


def _default_network(source: ImageSource, cache_dir: str | Path | None) -> nn.Module:
    if source.name == _DIGITS:
        return load_digits_classifier(cache_dir)
    return PixelFeatures().eval()


def _hashed_batches(source: ImageSource, digest: ImageHash) -> Iterator[Tensor]:
    for first in range(0, len(source), _BATCH_SIZE):
        last = min(first + _BATCH_SIZE, len(source))
        batch = torch.stack([source[index] for index in range(first, last)])
        digest.update(batch)
        yield batch


@torch.no_grad()
def _classes(network: nn.Module, features: Tensor) -> tuple[float | None, float | None]:
    """Smallest class share and mean confidence."""
    classify = getattr(network, "classify", None)
    if classify is None:
        return None, None
    place = next(network.parameters(), features)
    logits = classify(features.to(place.device, place.dtype)).double().cpu()
    counts = logits.argmax(dim=1).bincount(minlength=logits.shape[1])
    return counts.min().item() / len(logits), logits.softmax(dim=1).amax(dim=1).mean().item()
