"""`onestage compare`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from onestage.cli._options import strict
from onestage.compare import METHODS, Plan, build_tables, run_comparison, write_page, write_tables
from onestage.report import write_comparison
from onestage.training import load_settings, merge

_Number = Annotated[int, Parameter(converter=strict)]
_Optional = Annotated[int | None, Parameter(converter=strict)]

_INTERRUPTED = 130
_METHODS_HELP = "one-stage, and what it is held against: two-stage-tuned, two-stage-naive."


def compare(
    *,
    preset: str = "paper",
    # Its help stands here: in the docstring the word would be the heading of a section.
    methods: Annotated[str, Parameter(help=_METHODS_HELP)] = ",".join(METHODS),
    seeds: _Number = 5,
    scale: Literal["smoke", "small", "full"] = "smoke",
    out: Path | None = None,
    source: Annotated[str | None, Parameter(name="--data.source")] = None,
    steps: _Optional = None,
    batch_size: _Optional = None,
    samples: _Optional = None,
    features: str | None = None,
    device: str | None = None,
    config: Path | None = None,
    jobs: _Number = 1,
) -> int:
    """Hold one stage against two: quality at equal steps and at equal time, speed, memory, work.

    All methods of a preset are trained in turns in one process, from paired seeds. What is finished
    is in OUT/compare.json; a comparison that was stopped is gone on with by the same command.
    OUT/compare.md and OUT/report.html show it.

    Parameters
    ----------
    preset
        Names, such as lsgan,wgan; paper is the ten rows of the paper's table.
    seeds
        How many; they are 0, 1, 2, ...
    scale
        smoke: all of it in minutes on digits; small: longer, on digits; full: as published, on
        --data.source.
    out
        Folder. [default: runs/compare-SCALE]
    source
        Images instead of the preset's: a folder, zip or shards.
    steps
        Training steps of each run instead of the preset's.
    batch_size
        Images per step instead of the preset's.
    samples
        Images per evaluation instead of the preset's.
    features
        What images are compared by: digits, pixels, inception, or MODULE:FACTORY.
    device
        cpu, cuda, cuda:1 ...; by default the GPU where there is one.
    config
        YAML file of settings that win over every preset's; options given here win over it.
    jobs
        Pairs of a preset and a seed at a time, each in a process of its own with one thread.
    """
    given: dict[str, Any] = {
        "steps": steps,
        "batch_size": batch_size,
        "evaluate_samples": samples,
        "device": device,
        "data": None if source is None else {"source": source},
    }
    settings = {name: value for name, value in given.items() if value is not None}
    plan = Plan(
        presets=_names(preset),
        methods=_names(methods),
        seeds=seeds,
        scale=scale,
        settings=merge(load_settings(config) if config else {}, settings),
        features=features,
    )
    folder = out or Path("runs") / f"compare-{scale}"
    try:
        record = run_comparison(plan, folder, jobs=jobs, say=lambda line: print(line, flush=True))
    except KeyboardInterrupt:
        print("onestage: stopped; the same command goes on with what is missing.", file=sys.stderr)
        return _INTERRUPTED
    (folder / "compare.md").write_text(write_page(record), encoding="utf-8")
    write_comparison(record, folder / "report.html")
    _show(record)
    print(f"\n{folder / 'compare.json'}\n{folder / 'compare.md'}\n{folder / 'report.html'}")
    return 0


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _show(record: dict[str, Any]) -> None:
    """The tables: drawn on a terminal, Markdown elsewhere."""
    if not sys.stdout.isatty():
        print(write_tables(record))
        return
    for found in build_tables(record)[:2]:  # every run is in compare.md
        table = RichTable(title=found.title, title_justify="left", box=box.SIMPLE)
        for heading in found.headings:
            table.add_column(heading, overflow="fold")
        for row in found.rows:
            table.add_row(*row)
        Console().print(table, markup=False)
