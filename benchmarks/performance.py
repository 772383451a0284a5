"""Fills the tables of docs/performance.md and docs/index.md from what `onestage bench` wrote.

A table stands between `<!-- FILE KIND -->` and `<!-- end -->`; FILE is one of benchmarks/results,
KIND one of the tables of `_performance/tables.py`. All else is written by hand.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from _performance.tables import KINDS, provenance, source

ROOT = Path(__file__).resolve().parent.parent
PAGE, INDEX = ROOT / "docs" / "performance.md", ROOT / "docs" / "index.md"
_TABLE = re.compile(r"<!-- (bench-[\w.-]+\.json) (\w+) -->\n.*?<!-- end -->", re.DOTALL)


def filled(text: str) -> str:
    """The page with its tables made anew."""

    def table(match: re.Match[str]) -> str:
        name, kind = match.groups()
        found = json.loads((ROOT / "benchmarks" / "results" / name).read_text(encoding="utf-8"))
        whence = source if kind == "saved" else provenance
        lines = [match[0].partition("\n")[0], KINDS[kind](found), "", whence(name, found)]
        return "\n".join([*lines, "<!-- end -->"])

    return _TABLE.sub(table, text)


if __name__ == "__main__":
    for each in (PAGE, INDEX):
        each.write_text(filled(each.read_text(encoding="utf-8")), encoding="utf-8")
