"""The page of one or several runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onestage.report._metrics import draw_metrics
from onestage.report._page import build_page
from onestage.report._panels import draw_panels
from onestage.report._pictures import draw_pictures
from onestage.report._read import Run, read_runs
from onestage.report._settings import draw_settings
from onestage.report._text import escape, is_number, write_page

_FACTS = ("preset", "method", "loss", "networks", "batch_size", "seed")

_PALE = '<p class="note">Pale: every stretch as it was logged. Full: the medians.</p>'


def write_report(runs: Sequence[Path], out: Path) -> None:
    """Write one self-contained HTML page on one or several runs.

    Samples by step, metrics, curves, the strategy and why, and the settings; of several runs side
    by side, with 90 % intervals over those that differ in their seed alone. Curves keep at most 500
    points, and pictures are spread over the steps: the page stays below about 5 MB.

    Args:
        runs: the folders.
        out: the file; an older one is replaced.

    Raises:
        ValueError: if a folder is no run, or has nothing to show yet; one line.
        OSError: if a file cannot be read or written.
    """
    write_page(build_report(read_runs(runs)), out)


def build_report(runs: Sequence[Run]) -> str:
    """The page as text."""
    charts = draw_panels(runs)
    pale = _PALE if 'class="pale' in charts else ""
    sections = [
        ("Samples", draw_pictures(runs)),
        ("Metrics", draw_metrics(runs)),
        ("Curves", f'{pale}<div class="charts">{charts}</div>' if charts else ""),
        ("Strategy", _draw_strategies(runs)),
        ("Settings", draw_settings(runs)),
    ]
    if len(runs) == 1:
        return build_page(runs[0].name, _facts(runs[0]), sections)
    names = ", ".join(run.name for run in runs)
    return build_page(f"{len(runs)} runs", {"runs": names}, sections)


def _facts(run: Run) -> dict[str, Any]:
    """What a person wants to know first."""
    facts = {name.replace("_", " "): run.settings.get(name) for name in _FACTS}
    facts["data"] = run.settings.get("data.source")
    done = [record["step"] for record in (*run.records, *run.evaluations)]
    seconds = [r["seconds"] for r in run.records if is_number(r.get("seconds"))]
    facts["steps"] = f"{max(done):,}" if done else None
    facts["training time"] = f"{seconds[-1]:,.0f} s" if seconds else None
    return {name: value for name, value in facts.items() if value is not None}


def _draw_strategies(runs: Sequence[Run]) -> str:
    """Each strategy and why, once for all runs that it is the same for."""
    texts: dict[str, list[str]] = {}
    for run in runs:
        if run.strategy:
            texts.setdefault(run.strategy, []).append(run.name)
    return "".join(
        (f"<h3>{escape(', '.join(names))}</h3>" if len(runs) > 1 else "")
        + f"<pre>{escape(text)}</pre>"
        for text, names in texts.items()
    )
