"""A measurement with all that is needed to repeat it."""

from typing import TypedDict

FIGURES = (
    *("fid", "kid", "precision", "recall", "density", "coverage", "smallest_class", "confidence"),
    *("num_modes", "good_share"),
)
"""What is read of a record of images or of points, in the order in which it is shown."""


class Provenance(TypedDict):
    """With what a figure was measured. It can be written as JSON."""

    num_samples: int
    """Number of generated images."""
    image_size: int
    """Their height and width in pixels, and those of the reference."""
    feature_network: str
    """Its name."""
    feature_network_sha256: str
    """Hash of its weights and buffers."""
    feature_network_probe: list[float]
    """What it makes of one fixed image: size of the features, and where they lie."""
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
    precision_k: int
    """Which neighbour gives the radius in `precision` and `recall`."""
    coverage_k: int
    """Which neighbour gives the radius in `density` and `coverage`."""
    neighbour_samples: int
    """Real and generated images in these four, at most."""
    seed: int
    """Which subsets in `kid`."""
    version: str
    """Version of this package."""
    torch: str
    """Version of PyTorch."""


class MetricRecord(Provenance):
    """What was measured, and with what. It can be written as JSON."""

    fid: float
    """Frechet distance."""
    kid: float
    """Kernel distance, mean over subsets."""
    kid_std: float
    """Its standard deviation over subsets."""
    precision: float | None
    """Share of generated images among the real; None with too few real images for it."""
    recall: float | None
    """Share of real images among the generated; None with too few generated ones."""
    density: float | None
    """Generated images in a real neighbourhood over what is expected; None as `precision`."""
    coverage: float | None
    """Share of real images with a generated one near; None as `precision`."""
    smallest_class: float | None
    """Share of the class generated least; None where the feature network has no classes."""
    confidence: float | None
    """Mean probability of the likeliest class; None likewise."""
    warnings: list[str]
    """What is wrong with these numbers, a line each; mostly empty."""
