"""The settings of the runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onestage.report._read import Run
from onestage.report._table import draw_table

_UNSET = "unset"
_ALIKE = '<p class="note">All runs have the same settings.</p>'


def draw_settings(runs: Sequence[Run]) -> str:
    """Name and value; of several runs first what differs, then what all share."""
    names = list(dict.fromkeys(name for run in runs for name in run.settings))
    values = {name: [_show(run.settings.get(name)) for run in runs] for name in names}
    if len(runs) == 1:
        rows = [[name, *values[name]] for name in names]
        table = draw_table("Every setting of the run", ["setting", "value"], rows)
        return fold(f"{len(names)} settings", table)
    apart = [[name, *values[name]] for name in names if len(set(values[name])) > 1]
    alike = [[name, values[name][0]] for name in names if len(set(values[name])) == 1]
    headings = ["setting", *(run.name for run in runs)]
    differing = draw_table("Settings that differ", headings, apart) if apart else _ALIKE
    shared = draw_table("Settings that all runs share", ["setting", "value"], alike)
    return f'<div class="differ">{differing}</div>' + fold(f"{len(alike)} settings alike", shared)


def fold(summary: str, content: str) -> str:
    """What is there when it is asked for; `summary` is no text from files."""
    return f"<details><summary>{summary}</summary>{content}</details>"


def _show(value: Any) -> str:
    if value is None or value == "":
        return _UNSET
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
