"""The tables of a comparison: its rows, means over the seeds, and every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from onestage.report._forest import as_ratio
from onestage.report._intervals import mean_of
from onestage.report._panels import FIGURES
from onestage.report._read import flat
from onestage.report._table import draw_table
from onestage.report._text import is_number, titled

_Record = Mapping[str, Any]
_APART = {"metrics", "metrics_at_equal_time", "peak_bytes", "config", "facts"}
_TAKEN = ("seconds", "steps_per_second", "flops")
_HEADINGS = {  # of what stands first, in this order
    "preset": "preset",
    "equal_steps": "FID ratio at equal steps",
    "equal_time": "FID ratio at equal time",
    "speed_up": "speed-up",
    "allowed_speed_up": "speed-up allowed by the FLOPs",
}


def draw_summary(summary: Sequence[_Record]) -> str:
    """A row for each preset: ratios, speed-ups and the paper's figures."""
    rows = [_in_order(_columns(row)) for row in summary]
    return _draw("FID ratios with 90 % intervals, speed-ups, and the paper's figures", rows)


def draw_means(records: Sequence[_Record]) -> str:
    """A row for each preset and method, over its seeds."""
    groups: dict[tuple[str, ...], list[_Record]] = {}
    for record in records:
        key = tuple(str(record.get(name, "")) for name in ("preset", "method"))
        groups.setdefault(key, []).append(record)
    rows = [
        {"preset": preset, "method": method, "seeds": len(group), **_mean(group)}
        for (preset, method), group in groups.items()
    ]
    return _draw("Means over the seeds with 90 % intervals", rows)


def draw_records(records: Sequence[_Record]) -> str:
    """A row for each run."""
    rows = [
        {
            **{titled(k): plain(v) for k, v in record.items() if k not in _APART},
            **_measured(record),
        }
        for record in records
    ]
    return _draw("Every run", rows)


def plain(value: Any) -> Any:
    """Numbers and text as they are; what is nested in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {plain(v)}" for name, v in flat(value).items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(plain(item)) for item in value)
    return value


def _in_order(row: dict[str, Any]) -> dict[str, Any]:
    """First what the comparison is about, then the paper's figures, then the rest."""
    first = dict.fromkeys((*_HEADINGS, *(name for name in row if name.startswith("paper"))))
    return {name: row.get(name) for name in (*first, *row) if name in row}


def _columns(row: _Record) -> dict[str, Any]:
    """A summary's values, nested ones apart, and ratios with their intervals."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping) and as_ratio(value) is not None:
            found[name] = as_ratio(value)
        elif isinstance(value, Mapping):
            found |= {f"{titled(name)}: {_path(k)}": plain(v) for k, v in flat(value).items()}
        else:
            found[name] = plain(value)
    return found


def _path(name: str) -> str:
    return titled(name.replace(".", ", "))


def _mean(group: Sequence[_Record]) -> dict[str, Any]:
    """The mean of what the runs of a group came to; those that diverged have no figures."""
    gone = sum(record.get("diverged_at") is not None for record in group)
    runs = sorted(map(_measured, group), key=len, reverse=True)  # what has all names comes first
    names = dict.fromkeys(name for run in runs for name in run)
    means = {name: mean_of([float(run[name]) for run in runs if name in run]) for name in names}
    return {**({"diverged": gone} if gone else {}), **means}


def _measured(record: _Record) -> dict[str, Any]:
    """What a run came to: figures at equal steps, then at equal time, then what it took."""
    found: dict[str, Any] = {}
    for key, suffix in (("metrics", ""), ("metrics_at_equal_time", " at equal time")):
        metrics = record.get(key)
        if isinstance(metrics, Mapping):
            found |= {
                f"{titled(n)}{suffix}": metrics[n] for n in FIGURES if is_number(metrics.get(n))
            }
    found |= {titled(n): record[n] for n in _TAKEN if is_number(record.get(n))}
    if is_number(record.get("peak_bytes")):
        found["peak MiB"] = record["peak_bytes"] / 2**20
    return found


def _draw(caption: str, rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        return ""
    headings = [_HEADINGS.get(name, titled(name)) for name in names]
    return draw_table(caption, headings, [[row.get(name) for name in names] for row in rows])
