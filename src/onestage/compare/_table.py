"""A comparison as tables, in Markdown or on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from onestage.compare._plan import ONE_STAGE

_MEBI = 2**20


class Table(NamedTuple):
    """Text cells under their headings."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def write_tables(record: Mapping[str, Any]) -> str:
    """The tables of a comparison in Markdown; below the first what is wrong with its figures."""
    quality, *others = map(_markdown, build_tables(record))
    warnings = [f"Warning: {line}" for line in find_warnings(record)]
    return "\n\n".join([quality, *warnings, *others])


def build_tables(record: Mapping[str, Any]) -> list[Table]:
    """Quality, cost and every run of a comparison.

    Args:
        record: what `compare.json` holds, with at least one record.
    """
    return [_quality(record), _cost(record), _runs(record)]


def find_warnings(record: Mapping[str, Any]) -> list[str]:
    """What is wrong with the figures of a comparison, each line once."""
    metrics = (
        found[when] or {}
        for found in record["records"]
        for when in ("metrics", "metrics_at_equal_time")
    )
    return list(dict.fromkeys(line for found in metrics for line in found.get("warnings", ())))


def _quality(record: Mapping[str, Any]) -> Table:
    against = record["summary"][0]["against"]
    headings = (
        "preset",
        "seeds",
        f"FID {ONE_STAGE}",
        f"FID {against}",
        "ratio, equal steps",
        "ratio, equal time",
        "least class",
        "paper's FID, two -> one stage",
    )
    rows = [
        (
            row["preset"],
            str(len(row["seeds"])),
            _fid(record, row, ONE_STAGE),
            _fid(record, row, against),
            _interval(row["equal_steps"]),
            _interval(row["equal_time"]),
            _least(row["smallest_class"]),
            _paper(row["paper"]),
        )
        for row in record["summary"]
    ]
    return Table(f"Quality: {ONE_STAGE} over {against}", headings, rows)


def _cost(record: Mapping[str, Any]) -> Table:
    methods = [m for m in record["methods"] if m != ONE_STAGE]
    headings = (
        "preset",
        *(f"steps/s {method}" for method in record["methods"]),
        *(f"speed-up over {method} (FLOPs allow)" for method in methods),
        *(f"peak MiB {method}" for method in record["methods"]),
    )
    rows = []
    for row in record["summary"]:
        found = {
            method: _select(record, preset=row["preset"], method=method)
            for method in record["methods"]
        }
        rows.append(
            (
                row["preset"],
                *(_mean(found[m], "steps_per_second", "{:.1f}") for m in record["methods"]),
                *(_speed_up(row, found, method) for method in methods),
                *(f"{found[m][0]['peak_bytes'] / _MEBI:.1f}" for m in record["methods"]),
            )
        )
    return Table("Cost of a step", headings, rows)


def _runs(record: Mapping[str, Any]) -> Table:
    headings = (
        *("preset", "seed", "method", "recipe", "steps/s", "FID, equal steps"),
        *("FID, equal time", "at step", "KID", "least class", "confidence"),
    )
    return Table("Every run", headings, [_run(found) for found in record["records"]])


def _run(record: Mapping[str, Any]) -> tuple[str, ...]:
    metrics, timed = record["metrics"], record["metrics_at_equal_time"]
    speed = record["steps_per_second"]
    head = (
        record["preset"],
        str(record["seed"]),
        record["method"],
        record["recipe"],
        "-" if speed is None else f"{speed:.1f}",
    )
    if metrics is None:
        return (*head, f"diverged by step {record['diverged_at']}", "-", "-", "-", "-", "-")
    return (
        *head,
        f"{metrics['fid']:.2f}",
        f"{timed['fid']:.2f}",
        str(record["equal_time_steps"]),
        f"{metrics['kid']:.3f}" if metrics.get("kid") is not None else "-",
        f"{metrics['smallest_class']:.1%}" if metrics.get("smallest_class") is not None else "-",
        f"{metrics['confidence']:.3f}" if metrics.get("confidence") is not None else "-",
    )


def _fid(record: Mapping[str, Any], row: Mapping[str, Any], method: str) -> str:
    found = [r for r in _select(record, preset=row["preset"], method=method) if r["metrics"]]
    gone = row["diverged"][method]
    text = f"{fmean(r['metrics']['fid'] for r in found):.2f}" if found else "-"
    return f"{text} ({gone} diverged)" if gone else text


def _select(record: Mapping[str, Any], **key: Any) -> list[Mapping[str, Any]]:
    return [found for found in record["records"] if key.items() <= found.items()]


def _mean(records: Iterable[Mapping[str, Any]], name: str, form: str) -> str:
    values = [record[name] for record in records if record[name] is not None]
    return form.format(fmean(values)) if values else "-"


def _speed_up(
    row: Mapping[str, Any], found: Mapping[str, Sequence[Mapping[str, Any]]], method: str
) -> str:
    allowed = found[method][0]["flops"] / found[ONE_STAGE][0]["flops"]
    measured = row["speed_ups"][method]
    return f"{'-' if measured is None else f'{measured:.2f}'} ({allowed:.2f})"


def _interval(found: Mapping[str, float | None] | None) -> str:
    if found is None:
        return "-"
    if found["low"] is None:
        return f"{found['ratio']:.2f}"
    return f"{found['ratio']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def _least(shares: Mapping[str, float]) -> str:
    return f"{min(shares.values()):.1%}" if shares else "-"


def _paper(paper: Mapping[str, Any] | None) -> str:
    if paper is None:
        return "-"
    return ", ".join(
        f"{data} {fid['two_stage']:.2f} -> {fid['one_stage']:.2f}" for data, fid in paper.items()
    )


def _markdown(table: Table) -> str:
    lines = [table.headings, ["---"] * len(table.headings), *table.rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {table.title}\n\n{text}"
