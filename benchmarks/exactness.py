"""One stage against two: every loss x network x penalty x strategy, in float64.

Writes benchmarks/results/exactness.json and docs/exactness.md. Ends with status 1 if a row is not
exact, or took another strategy than it must.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path

import torch
from _exactness.report import summarise, write_page
from _exactness.rows import Measured, Row, failure, matrix, measure

from onestage import __version__
from onestage.compare import describe_machine

_ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    began = time.perf_counter()
    found = _measured(matrix())
    record = summarise(
        found,
        {
            "date": date.today().isoformat(),
            "command": "make exactness",
            "onestage": __version__,
            "machine": describe_machine(),
            "seconds": time.perf_counter() - began,
        },
    )
    results = options.out / "benchmarks" / "results" / "exactness.json"
    _write(results, json.dumps(record, indent=1) + "\n")
    _write(options.out / "docs" / "exactness.md", write_page(record))
    print(f"{record['rows']:,} rows, worst error {record['worst']['error']:.1e}; {results}")
    if record["failures"]:
        sys.exit("\n".join(record["failures"]))


def _measured(rows: list[Row]) -> list[tuple[Row, Measured]]:
    found = []
    for row in rows:
        if not found or row.loss != found[-1][0].loss:
            print(row.loss, flush=True)
        found.append((row, measure(row)))
        if failure(*found[-1]) is not None:
            print("  " + str(failure(*found[-1])), flush=True)
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    parser.add_argument(
        "--out", type=Path, default=_ROOT, help="folder that gets docs/ and benchmarks/results/"
    )
    return parser


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
