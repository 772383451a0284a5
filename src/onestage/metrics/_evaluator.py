"""Images against a source."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TypedDict

import torch
from torch import Tensor, nn

from onestage._version import __version__
from onestage.data import ImageSource
from onestage.metrics._balls import Balls
from onestage.metrics._build import build_features
from onestage.metrics._caveats import find_caveats
from onestage.metrics._classes import count_classes
from onestage.metrics._coverage import coverage
from onestage.metrics._density import COVERAGE_K, density
from onestage.metrics._features import extract_features
from onestage.metrics._frechet import frechet_distance
from onestage.metrics._hash import hash_network
from onestage.metrics._kernel import SUBSET_SIZE, SUBSETS, kernel_distance
from onestage.metrics._precision import PRECISION_K, precision
from onestage.metrics._probe import probe_network
from onestage.metrics._recall import recall
from onestage.metrics._record import MetricRecord, Provenance
from onestage.metrics._reference import Reference, load_reference

_BATCH_SIZE = 256
_NEIGHBOUR_SAMPLES = 10_000  # as in Naeem et al.; the time grows with the square


class Evaluator:
    """Measures generated images against the images of a source.

    The features of the real images are computed at the first call and kept, here and on disk (see
    `load_reference`).

    Args:
        source: the real images. All of them are the reference.
        feature_network: maps images [N, C, H, W] in [-1, 1] to [N, F], in eval mode. It may have a
            `name`, a `resize` (words for the record), a `version` (of its code: with one, the real
            features are kept on disk), and `classify(features) -> logits`, from which smallest
            class and confidence come. None takes the digits classifier for the source `digits`,
            else `PixelFeatures`; `build_features` gives others.
        cache_dir: where the digits classifier and the real features are kept; None takes the
            environment's `ONESTAGE_CACHE`, or else `~/.cache/onestage`.
        kid_subsets: number of subsets in `kid`.
        kid_subset_size: samples in a subset, at most.
        precision_k: which neighbour gives the radius in `precision` and `recall`.
        coverage_k: which neighbour gives the radius in `density` and `coverage`.
        neighbour_samples: real and generated images in these four, at most: of the real ones every
            so many, of the generated ones the first.
        seed: which subsets.
    """

    def __init__(
        self,
        source: ImageSource,
        *,
        feature_network: nn.Module | None = None,
        cache_dir: str | Path | None = None,
        kid_subsets: int = SUBSETS,
        kid_subset_size: int = SUBSET_SIZE,
        precision_k: int = PRECISION_K,
        coverage_k: int = COVERAGE_K,
        neighbour_samples: int = _NEIGHBOUR_SAMPLES,
        seed: int = 0,
    ) -> None:
        self._source = source
        self._network = feature_network or _default_network(source, cache_dir)
        self._cache_dir = cache_dir
        self._kid_subsets = kid_subsets
        self._kid_subset_size = kid_subset_size
        self._ks = {"precision_k": precision_k, "coverage_k": coverage_k}
        self._neighbour_samples = neighbour_samples
        self._seed = seed

    def __call__(self, fake_images: Tensor | Iterable[Tensor]) -> MetricRecord:
        """Measure generated images.

        Args:
            fake_images: [N, C, H, W] in [-1, 1] of the source's size and channels, N >= 2, or an
                iterable of such batches.

        Raises:
            ValueError: if the images cannot be measured: wrong shape, not finite, out of range.
            ModuleNotFoundError: if torchmetrics is not installed.
        """
        fake = extract_features(self._network, self._checked(fake_images), batch_size=_BATCH_SIZE)
        real = self._real.features
        kid, kid_std = kernel_distance(
            real,
            fake,
            subsets=self._kid_subsets,
            subset_size=self._kid_subset_size,
            seed=self._seed,
        )
        smallest_class, confidence = count_classes(self._network, fake)
        return MetricRecord(
            fid=frechet_distance(real, fake),
            kid=kid,
            kid_std=kid_std,
            **self._neighbours(fake),
            smallest_class=smallest_class,
            confidence=confidence,
            warnings=find_caveats(len(fake), *real.shape, **self._ks),
            **self.provenance(len(fake)),
        )

    def provenance(self, num_samples: int) -> Provenance:
        """With what `num_samples` images are measured; known before there are any."""
        num_reference, num_features = self._real.features.shape
        return Provenance(
            num_samples=num_samples,
            image_size=self._source.image_size,
            feature_network=getattr(self._network, "name", type(self._network).__name__),
            feature_network_sha256=hash_network(self._network),
            feature_network_probe=self._probe,
            num_features=num_features,
            resize=getattr(self._network, "resize", "none"),
            reference=self._source.name,
            num_reference=num_reference,
            reference_sha256=self._real.sha256,
            kid_subsets=self._kid_subsets,
            kid_subset_size=min(self._kid_subset_size, num_reference, num_samples),
            precision_k=self._ks["precision_k"],
            coverage_k=self._ks["coverage_k"],
            neighbour_samples=self._neighbour_samples,
            seed=self._seed,
            version=__version__,
            torch=torch.__version__,
        )

    @cached_property
    def _real(self) -> Reference:
        return load_reference(self._network, self._source, self._cache_dir)

    @cached_property
    def _probe(self) -> list[float]:
        return probe_network(self._network, self._source.channels, self._source.image_size)

    @cached_property
    def _real_places(self) -> Tensor:
        """The real features that neighbours are looked for among, from all parts of the source."""
        real = self._real.features
        count = min(len(real), self._neighbour_samples)
        return real[torch.arange(count) * len(real) // count]

    @cached_property
    def _real_balls(self) -> dict[str, Balls | None]:
        """Around the real samples, by the name of k; None with too few samples for it."""
        real = self._real_places
        return {name: Balls(real, k) if k < len(real) else None for name, k in self._ks.items()}

    def _neighbours(self, all_fakes: Tensor) -> "_Neighbours":
        real, fake = self._real_places, all_fakes[: self._neighbour_samples]
        near, wide = self._real_balls["precision_k"], self._real_balls["coverage_k"]
        near_k, wide_k = self._ks["precision_k"], self._ks["coverage_k"]
        return _Neighbours(
            precision=None if near is None else precision(real, fake, real_balls=near),
            recall=recall(real, fake, k=near_k) if near_k < len(fake) else None,
            density=None if wide is None else density(real, fake, k=wide_k, real_balls=wide),
            coverage=None if wide is None else coverage(real, fake, real_balls=wide),
        )

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


class _Neighbours(TypedDict):
    precision: float | None
    recall: float | None
    density: float | None
    coverage: float | None


def evaluate_images(
    fake_images: Tensor | Iterable[Tensor],
    source: ImageSource,
    *,
    feature_network: nn.Module | None = None,
    cache_dir: str | Path | None = None,
    seed: int = 0,
) -> MetricRecord:
    """Measure generated images against a source once; arguments and errors as for `Evaluator`."""
    evaluator = Evaluator(source, feature_network=feature_network, cache_dir=cache_dir, seed=seed)
    return evaluator(fake_images)


def _default_network(source: ImageSource, cache_dir: str | Path | None) -> nn.Module:
    """A classifier knows digits; of other images there is none that everybody has."""
    name = "digits" if source.name == "digits" else "pixels"
    return build_features(name, cache_dir=cache_dir)
