"""What both commands do with options: measure, print, write."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from onestage.bench._options import Options
from onestage.bench._picture import draw_ratios
from onestage.bench._run import run_bench
from onestage.bench._text import describe_bench


def bench_command(options: Options, json_file: Path | None, picture: Path | None) -> None:
    """Print the tables; write the file and the picture where they are asked for.

    Raises:
        ValueError: for what cannot be measured or drawn.
    """
    if picture is not None:
        draw_ratios({"ratios": []}, picture)  # what is missing is said before the measurement
    found = run_bench(options, say=lambda line: print(line, file=sys.stderr, flush=True))
    print(describe_bench(found))
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if picture is not None:
        draw_ratios(found, picture)
