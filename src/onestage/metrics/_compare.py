"""Figures that may stand side by side."""

from collections.abc import Mapping
from typing import Any

from onestage.metrics._probe import probes_agree

# A field that an older record does not have yet is no difference if it is one of the latter.
_NEEDED = {
    "feature_network": "feature networks",
    "feature_network_sha256": "weights of the feature network",
    "num_features": "numbers of features",
    "resize": "resizes",
    "num_samples": "numbers of samples",
    "image_size": "sizes of the images",
    "num_reference": "numbers of real samples",
    "reference_sha256": "real samples",
}
_USED = {
    "feature_network_probe": "features of one fixed image",
    "kid_subsets": "numbers of subsets in kid",
    "kid_subset_size": "sizes of a subset in kid",
    "precision_k": "neighbours in precision",
    "coverage_k": "neighbours in coverage",
    "neighbour_samples": "numbers of samples in precision",
    "radius": "radii of a mode",
    "min_samples": "samples that a mode needs",
    "seed": "seeds of the metrics",
    "version": "versions of onestage",
}
_HASH_LETTERS = 12


def check_comparable(records: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse records whose figures were not measured in the same way.

    Feature network and its hash, resize, numbers of samples, hash of the real samples, the metrics'
    options and the version of the package have to be the same. The names of the real samples may
    differ, and the version of PyTorch, which changes rounding only.

    Args:
        records: each a `MetricRecord` or a `Provenance`, by the name that the error shall give it.

    Raises:
        ValueError: if one differs from the first; says in what, and both values.
    """
    (first, expected), *others = records.items()
    for name, record in others:
        difference = find_difference(expected, record)
        if difference is not None:
            raise ValueError(
                f"{first} and {name} cannot be compared: they were measured with different "
                f"{difference}; measure both in the same way."
            )


def comparable(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether the figures of two records may be compared; see `check_comparable`."""
    return find_difference(a, b) is None


def find_difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> str | None:
    """The first thing in which two records differ, with both values, or None."""
    for field, words in {**_NEEDED, **_USED}.items():
        known = field in _NEEDED or (field in a and field in b)
        if known and not _agree(a.get(field), b.get(field)):
            return f"{words} ({_show(a, field)} and {_show(b, field)})"
    return None


def upgrade_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as it is written today: the smallest class once went by the name of coverage."""
    if "coverage" not in record or "smallest_class" in record:
        return dict(record)
    renamed = {"smallest_class": record["coverage"]}
    return {**{name: value for name, value in record.items() if name != "coverage"}, **renamed}


def _agree(a: Any, b: Any) -> bool:
    """Two values of a field; of its lists, which are measured, to what machines differ by."""
    if isinstance(a, list) and isinstance(b, list):
        return probes_agree(a, b)
    return bool(a == b)


def _show(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field, "not recorded")
    return str(value)[:_HASH_LETTERS] if field.endswith("sha256") else f"{value}"
