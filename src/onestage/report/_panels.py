"""Which names of metrics.jsonl make which chart."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from onestage.report._chart import Curve, draw_chart
from onestage.report._measured import Way, measured_as, tell_apart
from onestage.report._read import Record, Run
from onestage.report._text import is_number, titled

FIGURES = (
    *("fid", "kid", "precision", "recall", "density", "coverage"),
    *("smallest_class", "confidence", "num_modes", "good_share"),
    *("accuracy", "teacher_accuracy", "agreement", "diversity", "class_balance"),  # a student's
    *("target_accuracy", "source_accuracy", "domain_accuracy"),  # of domain adaptation
)

_SHARES = {
    *("precision", "recall", "coverage", "smallest_class", "confidence", "good_share"),
    *("accuracy", "teacher_accuracy", "agreement"),
    *("target_accuracy", "source_accuracy", "domain_accuracy"),
}


@dataclass(frozen=True)
class Panel:
    """Quantities that share a chart.

    Attributes:
        title: the heading.
        names: what the log calls each, and what the legend does.
        note: what is to be seen.
        band: the names of the low and the high end around the only quantity.
        is_share: whether they are shares, which are read from 0.
        is_size: whether sizes are drawn, by orders of magnitude, where all signs are the same.
        way: of evaluations, the way in which they have to be measured; None takes all.
    """

    title: str
    names: Mapping[str, str]
    note: str = ""
    band: tuple[str, str] | None = None
    is_share: bool = False
    is_size: bool = False
    way: Way | None = None


PANELS = (
    Panel(
        "Losses",
        {
            "discriminator_loss": "D",
            "generator_loss": "G",
            "student_loss": "student",
            "classification_loss": "classification",
        },
    ),
    Panel(
        "Accuracy while training",
        {"source_accuracy": "source", "domain_accuracy": "domain"},
        "A domain accuracy of 0.5 means that the features do not tell where they come from.",
        is_share=True,
    ),
    Panel(
        "Scores",
        {"real_score": "real", "fake_score": "fakes"},
        "D's mean output. Where the two meet, D no longer tells them apart.",
    ),
    Panel(
        "Gradient norms",
        {"discriminator_grad_norm": "D", "generator_grad_norm": "G"},
    ),
    Panel(
        "Ratio",
        {"ratio_q50": "median"},
        "The size of g / f, by which a fake's gradient becomes G's: the median over a batch, and "
        "from 5 % to 95 % of it.",
        ("ratio_q05", "ratio_q95"),
        is_size=True,
    ),
    Panel(
        "Fakes at the floor",
        {"floor_share": "share"},
        "The share of fakes that D's own loss ignores, and that G still learns from.",
        is_share=True,
    ),
    Panel(
        "Penalties",
        {
            "r1": "R1",
            "r2": "R2",
            "gradient_penalty": "gradient penalty",
            "dragan": "DRAGAN",
            "lecam": "LeCam",
        },
    ),
    Panel("Augmentation", {"augment_p": "probability"}, is_share=True),
    Panel("Speed", {"images_per_second": "images/s"}, "Images per second."),
)
_NO_CURVE = {"step", "seconds"}


def draw_panels(runs: Sequence[Run]) -> str:
    """All charts that the logs have something for; of several runs, one line per run."""
    keys = (f"chart-{number}" for number in itertools.count(1))
    charts = [
        draw_chart(panel.title, curves, panel.note, key=next(keys), is_share=panel.is_share)
        for panel in (*_of_metrics(runs), *PANELS, *_of_the_rest(runs))
        for panel, curves in (_alone(panel, runs) if len(runs) == 1 else _split(panel, runs))
        if curves
    ]
    return "".join(charts)


def _of_metrics(runs: Sequence[Run]) -> Iterator[Panel]:
    """A panel for each figure that some run measured more than once in the same way."""
    for name in FIGURES:
        records = [r for run in runs for r in run.evaluations if is_number(r.get(name))]
        ways = list(dict.fromkeys(map(measured_as, records)))
        apart = tell_apart(ways)
        for way in ways:
            title = f"{titled(name)}, {apart[way]}" if len(ways) > 1 else titled(name)
            panel = Panel(title, {name: ""}, is_share=name in _SHARES, way=way)
            if any(len(_series(_records(run, panel, name), name)) > 1 for run in runs):
                yield panel


def _of_the_rest(runs: Sequence[Run]) -> Iterator[Panel]:
    """A panel for each quantity that was logged and is in no panel of its own."""
    known = {name for panel in PANELS for name in (*panel.names, *(panel.band or ()))} | _NO_CURVE
    logged = {name: None for run in runs for record in run.records for name in record}
    for name in logged:
        if name not in known:
            yield Panel(titled(name), {name: titled(name)})


def _alone(panel: Panel, runs: Sequence[Run]) -> Iterator[tuple[Panel, list[Curve]]]:
    (run,) = runs
    found = (_curve(run, panel, name, label) for name, label in panel.names.items())
    yield panel, [curve for curve in found if curve is not None]


def _split(panel: Panel, runs: Sequence[Run]) -> Iterator[tuple[Panel, list[Curve]]]:
    for name, label in panel.names.items():
        found = (_curve(run, panel, name, run.name) for run in runs)
        title = f"{panel.title}: {label}" if len(panel.names) > 1 else panel.title
        part = replace(panel, title=title, names={name: label})
        yield part, [curve for curve in found if curve is not None]


def _curve(run: Run, panel: Panel, name: str, label: str) -> Curve | None:
    records = _records(run, panel, name)
    points = _series(records, name)
    if not points:
        return None
    low, high = panel.band or ("", "")
    highest = dict(_series(records, high))
    band = [(at, value, highest[at]) for at, value in _series(records, low) if at in highest]
    values = [value for _, value in points] + [end for _, *ends in band for end in ends]
    if panel.is_size and max(values) < 0:  # then the lower end is the larger one
        points = [(at, -value) for at, value in points]
        band = [(at, -b, -a) for at, a, b in band]
    return Curve(label or panel.title, points, band)


def _records(run: Run, panel: Panel, name: str) -> Sequence[Record]:
    if name not in FIGURES:
        return run.records
    return [r for r in run.evaluations if panel.way in (None, measured_as(r))]


def _series(records: Sequence[Record], name: str) -> list[tuple[float, float]]:
    """Step and value, of a step's several records the last one."""
    found: dict[int, Any] = {r["step"]: r[name] for r in records if is_number(r.get(name))}
    return sorted(found.items())
