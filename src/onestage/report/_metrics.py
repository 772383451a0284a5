"""The tables of metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onestage.report._intervals import mean_of
from onestage.report._measured import measured_as
from onestage.report._panels import FIGURES
from onestage.report._read import Record, Run
from onestage.report._table import draw_table
from onestage.report._text import escape, figure, is_number, titled

_NOT_LEARNT = {"seed", "device", "threads", "steps", "data.workers"}
_Measured = list[tuple[str, Record]]  # a run's name and a record of its metrics


def draw_metrics(runs: Sequence[Run]) -> str:
    """All evaluations of one run; of several, the last one of each, and means over seeds."""
    if len(runs) == 1:
        rows = [(record["step"], record) for record in runs[0].evaluations]
        return _table("Metrics by step", "step", rows) + _how([("", r) for _, r in rows])
    last = [(run.name, run.evaluations[-1]) for run in runs if run.evaluations]
    table = _table("Metrics at the end of each run", "run", last, with_step=True)
    return _means(runs) + table + _how(last)


def _table(
    caption: str, first: str, rows: Sequence[tuple[Any, Record]], *, with_step: bool = False
) -> str:
    names = [name for name in FIGURES if any(is_number(record.get(name)) for _, record in rows)]
    if not names:
        return ""
    names = [*(["step"] if with_step else []), *names]
    cells = [[label, *(record.get(name) for name in names)] for label, record in rows]
    return draw_table(caption, [first, *map(titled, names)], cells)


def _means(runs: Sequence[Run]) -> str:
    """One row for each group of runs that differ in nothing but their seed."""
    groups: dict[str, list[Run]] = {}
    for run in runs:
        if run.evaluations:
            groups.setdefault(_likeness(run), []).append(run)
    several = [group for group in groups.values() if len(group) > 1]
    names = [name for name in FIGURES if any(_values(group, name) for group in several)]
    if not names:
        return ""
    rows = [
        [_label(group, runs), len(group), *(_mean(_values(group, name)) for name in names)]
        for group in several
    ]
    caption = "Means over runs that differ in their seed alone, with 90 % intervals"
    return draw_table(caption, ["runs", "seeds", *map(titled, names)], rows)


def _likeness(run: Run) -> str:
    """What two runs have to share for their figures to be averaged."""
    learnt = {name: value for name, value in run.settings.items() if name not in _NOT_LEARNT}
    record = run.evaluations[-1]
    return repr((sorted(map(repr, learnt.items())), record["step"], measured_as(record)))


def _values(group: Sequence[Run], name: str) -> list[float]:
    """The figure of each run of a group; none, unless all have it."""
    found = [run.evaluations[-1].get(name) for run in group]
    return [float(v) for v in found if is_number(v)] if all(map(is_number, found)) else []


def _mean(values: Sequence[float]) -> Any:
    return mean_of(values) if values else None


def _label(group: Sequence[Run], runs: Sequence[Run]) -> str:
    """What sets a group apart from the other runs, or else its runs' names."""
    if len(group) == len(runs):
        return "all"
    first = group[0].settings
    apart = [
        f"{name} {figure(value)}"
        for name, value in first.items()
        if name not in _NOT_LEARNT and any(run.settings.get(name) != value for run in runs)
    ]
    return ", ".join(apart) or ", ".join(run.name for run in group)


def _how(rows: _Measured) -> str:
    """What the figures were measured with, and what is wrong with them."""
    ways = {measured_as(record): record for _, record in rows}
    lines = [_describe(record) for record in ways.values()]
    if len(ways) > 1:
        lines.append("These figures were measured in different ways and cannot be compared.")
    lines += dict.fromkeys(
        str(line) for _, record in rows for line in _list(record.get("warnings"))
    )
    return "".join(f'<p class="note">{escape(line)}</p>' for line in lines if line)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _describe(record: Record) -> str:
    if not is_number(record.get("num_samples")):
        return ""
    return (
        f"{record['num_samples']:,} samples against {figure(record.get('num_reference'))} of "
        f"{record.get('reference', 'unknown')}; features: {record.get('feature_network', 'none')}."
    )
