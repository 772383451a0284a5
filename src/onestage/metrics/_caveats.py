"""What is wrong with a number."""

from collections.abc import Iterator


def find_caveats(
    num_samples: int, num_reference: int, num_features: int, *, precision_k: int, coverage_k: int
) -> list[str]:
    """A line for each figure that says less than it seems to, by the numbers it was taken from."""
    return [
        *_singular("generated", num_samples, num_features),
        *_singular("real", num_reference, num_features),
        *_no_neighbour("precision", "real", num_reference, precision_k),
        *_no_neighbour("recall", "generated", num_samples, precision_k),
        *_no_neighbour("density and coverage", "real", num_reference, coverage_k),
    ]


def _singular(kind: str, count: int, num_features: int) -> Iterator[str]:
    if count <= num_features:
        yield (
            f"fid is of {count:,} {kind} images with {num_features:,} features: their covariance "
            "is singular and the distance far too large; hold it against nothing, and take more "
            f"than {num_features:,}, better {10 * num_features:,}."
        )


def _no_neighbour(figure: str, kind: str, count: int, k: int) -> Iterator[str]:
    if count <= k:
        yield f"{figure} cannot be taken: {count} {kind} images have no neighbour number {k}."
