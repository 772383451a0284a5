"""In which way figures were measured: those of different ways cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from onestage.report._text import titled

_HOW = (
    *("feature_network", "num_samples", "image_size", "num_features"),
    *("resize", "num_reference", "reference"),
)
_HASHES = ("feature_network_sha256", "reference_sha256")
_LETTERS = 12  # of a hash

Way: TypeAlias = tuple[str, ...]


def measured_as(record: dict[str, Any]) -> Way:
    """What figures have to share to be compared."""
    return tuple(str(record.get(name)) for name in (*_HOW, *_HASHES))


def tell_apart(ways: Sequence[Way]) -> dict[Way, str]:
    """What sets each of several ways apart from the others, in words; hashes where need be."""
    named = _labels(ways, _HOW)
    return named if len(set(named.values())) == len(ways) else _labels(ways, (*_HOW, *_HASHES))


def _labels(ways: Sequence[Way], names: Sequence[str]) -> dict[Way, str]:
    differing = [i for i in range(len(names)) if len({way[i] for way in ways}) > 1]
    return {way: ", ".join(_say(names[i], way[i]) for i in differing) for way in ways}


def _say(name: str, value: str) -> str:
    if name == "feature_network":
        return "no feature network" if value == "None" else value
    return f"{titled(name)} {value[:_LETTERS] if name in _HASHES else value}"
