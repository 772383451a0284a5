"""One stage held against two, row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from onestage.compare._paper import published
from onestage.compare._plan import METHODS, ONE_STAGE
from onestage.compare._statistics import Interval, bootstrap_ratio, geometric_mean

Records = Sequence[Mapping[str, Any]]


def summarize(records: Records, against: str) -> list[dict[str, Any]]:
    """A row for each preset, in the order of the records.

    Args:
        records: of one comparison.
        against: the method that one stage is held against.

    Returns:
        By row: `preset`; `against`; `seeds`, of which both have a finite FID; `equal_steps` and
        `equal_time`, the FID of one stage over the other's as `ratio`, `low`, `high` (None without
        such seeds; one seed has no interval, and `low` and `high` are None); `speed_up` and
        `speed_ups`, in steps per second, the latter over every method;
        `allowed_speed_up`, what their floating-point operations allow; `diverged`, how many runs
        of each method; `smallest_class`, the least of each method where it was measured; and
        `paper`, the published FIDs by data set.
    """
    presets = dict.fromkeys(record["preset"] for record in records)
    return [_row(preset, records, against) for preset in presets]


def _row(preset: str, records: Records, against: str) -> dict[str, Any]:
    by_method = {
        method: {r["seed"]: r for r in records if (r["preset"], r["method"]) == (preset, method)}
        for method in METHODS
    }
    one, two = by_method[ONE_STAGE], by_method[against]
    pairs = [(one[seed], two[seed]) for seed in sorted(one.keys() & two.keys())]
    finite = [pair for pair in pairs if all(record["metrics"] for record in pair)]
    others = [method for method, found in by_method.items() if found and method != ONE_STAGE]
    speed_ups = {method: _speed_up(one, by_method[method]) for method in others}
    return {
        "preset": preset,
        "against": against,
        "seeds": [a["seed"] for a, _ in finite],
        "equal_steps": _fid_ratio(finite, "metrics"),
        "equal_time": _fid_ratio(finite, "metrics_at_equal_time"),
        "speed_up": speed_ups[against],
        "speed_ups": speed_ups,
        "allowed_speed_up": pairs[0][1]["flops"] / pairs[0][0]["flops"],
        "diverged": _count_diverged(by_method),
        "smallest_class": _smallest_classes(by_method),
        "paper": _paper(preset),
    }


def _fid_ratio(pairs: Sequence[tuple[Any, Any]], when: str) -> dict[str, float | None] | None:
    if not pairs:
        return None
    one, two = ([pair[side][when]["fid"] for pair in pairs] for side in (0, 1))
    found: Interval = bootstrap_ratio(one, two)
    if len(pairs) < 2:
        return {"ratio": found.estimate, "low": None, "high": None}
    return {"ratio": found.estimate, "low": found.low, "high": found.high}


def _speed_up(one: Mapping[int, Any], two: Mapping[int, Any]) -> float | None:
    """The mean over the seeds that both were timed on; within a seed they took turns."""
    ratios = [
        one[seed]["steps_per_second"] / two[seed]["steps_per_second"]
        for seed in one.keys() & two.keys()
        if one[seed]["steps_per_second"] and two[seed]["steps_per_second"]
    ]
    return geometric_mean(ratios) if ratios else None


def _count_diverged(by_method: Mapping[str, Mapping[int, Any]]) -> dict[str, int]:
    return {
        method: sum(record["diverged_at"] is not None for record in found.values())
        for method, found in by_method.items()
        if found
    }


def _smallest_classes(by_method: Mapping[str, Mapping[int, Any]]) -> dict[str, float]:
    least: dict[str, float] = {}
    for method, found in by_method.items():
        shares: Iterable[Any] = ((r["metrics"] or {}).get("smallest_class") for r in found.values())
        known = [share for share in shares if share is not None]
        if known:
            least[method] = min(known)
    return least


def _paper(preset: str) -> dict[str, Any] | None:
    figures = published(preset)
    return {data: found._asdict() for data, found in figures.items()} or None
