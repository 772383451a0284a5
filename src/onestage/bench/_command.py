"""What both commands do with options: measure and write."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from onestage.bench._options import Options
from onestage.bench._picture import draw_ratios
from onestage.bench._run import run_bench


def bench_command(
    options: Options, say: Callable[[str], None], out: Path | None, picture: Path | None
) -> dict[str, Any]:
    """Measure; write the file and the picture where they are asked for.

    Args:
        options: what is measured.
        say: takes a line on how it goes.
        out: file for the figures, as JSON.
        picture: file for measured against allowed ratios.

    Returns:
        The figures.

    Raises:
        ValueError: for what cannot be measured or drawn.
    """
    if picture is not None:
        draw_ratios({"ratios": []}, picture)  # what is missing is said before the measurement
    found = run_bench(options, say=say)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if picture is not None:
        draw_ratios(found, picture)
    return found
