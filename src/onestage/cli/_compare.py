"""`onestage compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Group

from onestage.cli._answer import Answer, Block, table
from onestage.cli._options import strict
from onestage.cli._terminal import Said
from onestage.compare import (
    METHODS,
    Plan,
    build_tables,
    find_warnings,
    run_comparison,
    write_page,
    write_tables,
)
from onestage.report import write_comparison
from onestage.training import load_settings, merge

_Number = Annotated[int, Parameter(converter=strict)]
_Optional = Annotated[int | None, Parameter(converter=strict)]

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
    terminal: Said,
) -> Answer:
    """Hold one stage against two: quality, speed, memory.

    Quality is compared at equal steps and at equal time. All methods of a preset are trained in
    turns in one process, from paired seeds. What is finished is in OUT/compare.json; a comparison
    that was stopped is gone on with by the same command. OUT/compare.md and OUT/report.html show
    it.

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
        What images are compared by: digits, pixels, inception, or MODULE:FACTORY. [default:
        digits for digits, else pixels]
    device
        cpu, cuda, cuda:1 ...; auto is the GPU where there is one. [default: auto]
    config
        YAML file of settings that win over every preset's; options given here win over it.
    jobs
        Pairs of a preset and a seed at a time, each in a process of its own with one thread.

    Examples
    --------
    onestage compare --preset lsgan,wgan --scale small
    onestage compare --preset lsgan --scale full --data.source photos --jobs 2
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
        record = run_comparison(plan, folder, jobs=jobs, say=terminal.note)
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt("stopped; the same command goes on with what is missing.") from stop
    (folder / "compare.md").write_text(write_page(record), encoding="utf-8")
    write_comparison(record, folder / "report.html")
    for warning in find_warnings(record):
        terminal.warn(warning)
    files = "\n".join(str(folder / name) for name in ("compare.json", "compare.md", "report.html"))
    return Answer(record, [Block(_drawn(record), write_tables(record)), f"\n{files}"])


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _drawn(record: dict[str, Any]) -> Group:
    found = build_tables(record)[:2]  # every run is in compare.md
    return Group(*(table(x.headings, x.rows, title=x.title) for x in found))
