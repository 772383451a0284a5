"""`onestage report`."""

from __future__ import annotations

from pathlib import Path

from onestage.cli._answer import Answer
from onestage.cli._paths import check_parent
from onestage.report import write_report
from onestage.training import RunError

_SUFFIXES = (".html", ".htm")


def report(run: Path, /, *others: Path, out: Path | None = None) -> Answer:
    """Write one HTML page on one or several runs.

    Samples by step, metrics, curves, the strategy and why, and the settings. The page is one file
    that needs no network; every training run writes its own at its end.

    Parameters
    ----------
    run
        Folder of a run.
    others
        More of them, side by side with the first.
    out
        The file; an older one is replaced. [default: RUN/report.html, of several report.html]

    Examples
    --------
    onestage report runs/mine
    onestage report runs/mine runs/other --out both.html
    """
    path = out or (Path("report.html") if others else run / "report.html")
    if path.suffix not in _SUFFIXES:
        raise RunError(f"--out is {path}: give a name that ends in .html.")
    if out is not None:
        check_parent(out)
    write_report((run, *others), path)
    return Answer({"report": path, "runs": [run, *others]}, [f"Report: {path}"])
