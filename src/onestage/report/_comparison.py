"""The page of a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from onestage.report._comparison_tables import draw_means, draw_records, draw_summary, plain
from onestage.report._forest import Row, as_ratio, draw_forest
from onestage.report._page import build_page
from onestage.report._read import flat
from onestage.report._settings import fold
from onestage.report._text import escape, titled, write_page

_Record = Mapping[str, Any]
_INTERNAL = {"format", "summary", "records"}
_METRICS = ("metrics", "metrics_at_equal_time")
_NAMED_BY = ("preset", "method", "against", "metric")
_QUALITY = (
    "Left of 1, one stage has the lower FID. The bars are 90 % intervals over the seeds; one seed "
    "has none."
)
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
    each = draw_records(records)
    sections = [
        ("Quality and speed", _draw_forests(summary)),
        ("Rows", draw_summary(summary) + _draw_warnings(records)),
        ("Means over the seeds", draw_means(records)),
        ("Runs", fold(f"All {len(records):,} runs", each) if each else ""),
    ]
    facts = flat({k: v for k, v in record.items() if k not in _INTERNAL})
    facts = {
        titled(name.removeprefix("machine.")): plain(value)
        for name, value in facts.items()
        if value is not None
    }
    return build_page("Comparison", facts, sections)


def _draw_warnings(records: Sequence[_Record]) -> str:
    """What is wrong with the figures, each line once."""
    metrics = [record.get(name) for record in records for name in _METRICS]
    found = [m.get("warnings") for m in metrics if isinstance(m, Mapping)]
    lines = dict.fromkeys(str(line) for each in found if isinstance(each, list) for line in each)
    return "".join(f'<p class="note">{escape(line)}</p>' for line in lines)


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


def _dicts(value: Any) -> list[_Record]:
    is_list = isinstance(value, Iterable) and not isinstance(value, (str, Mapping))
    return [item for item in value if isinstance(item, Mapping)] if is_list else []
