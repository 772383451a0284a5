"""One stage against two-stage-tuned with the demonstration's recipe, on several seeds.

Writes a table (docs/quality.md) and the raw records (benchmarks/results/quality-DATE.json).
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Any

import torch
from _quality.play import play
from _quality.report import write_report, write_table

from onestage.compare import describe_machine

_ROOT = Path(__file__).resolve().parent.parent


def main(arguments: list[str] | None = None) -> None:
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    today = date.today().isoformat()
    command = shlex.join(["python", "benchmarks/quality.py", *arguments])
    machine = describe_machine()
    about = {"date": today, "command": command, "machine": machine}
    results = options.out / "benchmarks" / "results" / f"quality-{today}.json"
    page = options.out / "docs" / "quality.md"
    records: list[dict[str, Any]] = []
    for seed in options.seeds:
        records += play(seed, options.steps, options.threads)
        print(write_table(records), end="\n\n", flush=True)
        _write(results, json.dumps({**about, "records": records}, indent=1) + "\n")
    _write(page, write_report(records, machine, today, command))
    print(f"{page}\n{results}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], metavar="N")
    parser.add_argument("--steps", type=int, help="steps of each run; by default the recipe's")
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
