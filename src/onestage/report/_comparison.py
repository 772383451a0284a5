"""The page of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from onestage.report._forest import Row, as_ratio, draw_forest
from onestage.report._intervals import mean_of
from onestage.report._page import build_page
from onestage.report._panels import FIGURES
from onestage.report._read import flat
from onestage.report._settings import fold
from onestage.report._table import draw_table
from onestage.report._text import is_number, titled, write_page

_Record = Mapping[str, Any]
_INTERNAL = {"format", "summary", "records"}
_APART = {"metrics", "metrics_at_equal_time", "peak_bytes", "config", "facts"}
_NAMED_BY = ("preset", "method", "against", "metric")
_TAKEN = ("seconds", "steps_per_second", "flops")
_HEADINGS = {  # of what stands first, in this order
    "preset": "preset",
    "equal_steps": "FID ratio at equal steps",
    "equal_time": "FID ratio at equal time",
    "speed_up": "speed-up",
    "allowed_speed_up": "speed-up allowed by the FLOPs",
}
_QUALITY = "Left of 1, one stage has the lower FID. The bars are 90 % intervals over the seeds."
_SPEED = "Right of 1, one stage is faster. What the count of FLOPs allows stands beside it."


def write_comparison(record: _Record, out: Path) -> None:
    """Write one self-contained HTML page on a comparison.

    The ratios of the FIDs with their intervals, the speed-up measured and allowed, the paper's own
    figures beside ours, means over the seeds, and every run. Keys that are not known are shown
    under their own name; those that are missing are left out.

    Args:
        record: what compare.json holds.
        out: the file; an older one is replaced.

    Raises:
        OSError: if the file cannot be written.
    """
    write_page(build_comparison(record), out)


def build_comparison(record: _Record) -> str:
    """The page as text."""
    summary, records = _dicts(record.get("summary")), _dicts(record.get("records"))
    each = _draw_records(records)
    sections = [
        ("Quality and speed", _draw_forests(summary)),
        ("Rows", _draw_summary(summary)),
        ("Means over the seeds", _draw_means(records)),
        ("Runs", fold(f"All {len(records):,} runs", each) if each else ""),
    ]
    facts = flat({k: v for k, v in record.items() if k not in _INTERNAL})
    facts = {
        titled(name.removeprefix("machine.")): _plain(value)
        for name, value in facts.items()
        if value is not None
    }
    return build_page("Comparison", facts, sections)


def _draw_forests(summary: Sequence[_Record]) -> str:
    labels = [_label(row, summary) for row in summary]
    pairs = list(zip(labels, summary, strict=True))
    quality, speed = ("equal_steps", "equal_time"), ("speed_up", "allowed_speed_up")
    drawn = (
        draw_forest(
            f"FID, one-stage over {_against(summary)}",
            ["at equal steps", "at equal time"],
            [Row(label, [as_ratio(row.get(name)) for name in quality]) for label, row in pairs],
            _QUALITY,
            "forest-quality",
        ),
        draw_forest(
            "Speed-up",
            ["measured", "allowed"],
            [Row(label, [as_ratio(row.get(name)) for name in speed]) for label, row in pairs],
            _SPEED,
            "forest-speed",
        ),
    )
    charts = "".join(drawn)
    return f'<div class="charts">{charts}</div>' if charts else ""


def _against(summary: Sequence[_Record]) -> str:
    others = {str(row["against"]) for row in summary if "against" in row}
    return others.pop() if len(others) == 1 else "two-stage"


def _label(row: _Record, rows: Sequence[_Record]) -> str:
    """The preset, and what else is needed to tell the rows apart."""
    needed = [
        name
        for name in _NAMED_BY
        if name == "preset" or len({str(other.get(name)) for other in rows}) > 1
    ]
    return ", ".join(str(row[name]) for name in needed if row.get(name) is not None)


def _draw_summary(summary: Sequence[_Record]) -> str:
    rows = [_in_order(_columns(row)) for row in summary]
    return _draw("FID ratios with 90 % intervals, speed-ups, and the paper's figures", rows)


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
            found |= {f"{titled(name)}: {_path(k)}": _plain(v) for k, v in flat(value).items()}
        else:
            found[name] = _plain(value)
    return found


def _path(name: str) -> str:
    return titled(name.replace(".", ", "))


def _draw_means(records: Sequence[_Record]) -> str:
    groups: dict[tuple[str, ...], list[_Record]] = {}
    for record in records:
        key = tuple(str(record.get(name, "")) for name in ("preset", "method"))
        groups.setdefault(key, []).append(record)
    rows = [
        {"preset": preset, "method": method, "seeds": len(group), **_mean(group)}
        for (preset, method), group in groups.items()
    ]
    return _draw("Means over the seeds with 90 % intervals", rows)


def _mean(group: Sequence[_Record]) -> dict[str, Any]:
    """The mean of what the runs of a group came to; those that diverged have no figures."""
    gone = sum(record.get("diverged_at") is not None for record in group)
    runs = sorted(map(_measured, group), key=len, reverse=True)  # what has all names comes first
    names = dict.fromkeys(name for run in runs for name in run)
    means = {name: mean_of([float(run[name]) for run in runs if name in run]) for name in names}
    return {**({"diverged": gone} if gone else {}), **means}


def _draw_records(records: Sequence[_Record]) -> str:
    rows = [
        {
            **{titled(k): _plain(v) for k, v in record.items() if k not in _APART},
            **_measured(record),
        }
        for record in records
    ]
    return _draw("Every run", rows)


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


def _plain(value: Any) -> Any:
    """Numbers and text as they are; what is nested in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(v)}" for name, v in flat(value).items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_plain(item)) for item in value)
    return value


def _dicts(value: Any) -> list[_Record]:
    is_list = isinstance(value, Iterable) and not isinstance(value, (str, Mapping))
    return [item for item in value if isinstance(item, Mapping)] if is_list else []
