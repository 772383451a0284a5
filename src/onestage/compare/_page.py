"""A comparison in Markdown: the tables, and how to read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onestage.compare._plan import ONE_STAGE
from onestage.compare._table import write_tables
from onestage.compare._turns import turn_length

_MACHINE = ("cpu", "gpu", "system")


def write_page(record: Mapping[str, Any]) -> str:
    """What `compare.md` holds.

    Args:
        record: what `compare.json` holds, with at least one record.
    """
    return f"{write_tables(record)}\n\n## How to read it\n\n{_explain(record)}\n"


def _explain(record: Mapping[str, Any]) -> str:
    return "\n".join(f"* {line}" for line in (*_measures(record), *_comparisons(record)))


def _measures(record: Mapping[str, Any]) -> list[str]:
    steps = sorted({found["steps"] for found in record["records"]})
    turns = sorted({turn_length(number) for number in steps})
    lines = [
        f"Scale {record['scale']}: {_range(steps)} steps. The methods on a preset and a seed are "
        f"trained in one process, in turns of {_range(turns)} steps whose order alternates, so "
        "that a busy machine slows all alike. Speeds are by the median turn and hold whole steps: "
        "real images, both updates, the average of the generator.",
        f"*Equal steps*: after all steps. *Equal time*: when {ONE_STAGE} has done all its steps; "
        "the others stand then at the step in the last table.",
    ]
    metrics = next((r["metrics"] for r in record["records"] if r["metrics"]), None)
    if metrics is not None and "feature_network" in metrics:
        lines.append(
            f"FID: {metrics['num_samples']:,} samples against {metrics['num_reference']:,} real "
            f"ones of {metrics['reference']}, features of `{metrics['feature_network']}` (sha256 "
            f"{metrics['feature_network_sha256'][:12]}). *Least class*: the share of the class "
            "that is made least, over all runs of the row (10 % would be ideal for ten classes)."
        )
    return lines


def _comparisons(record: Mapping[str, Any]) -> list[str]:
    machine = record["machine"]
    where = ", ".join(str(machine[name]) for name in _MACHINE if name in machine)
    return [
        f"*Ratio*: FID of {ONE_STAGE} over FID of {record['summary'][0]['against']}, below 1 in "
        "favour of one stage; the geometric mean over the seeds 0, 1, 2, ..., in brackets its 90 % "
        "bootstrap interval, which with few seeds is rather too narrow; one seed has none.",
        "*FLOPs allow*: the ratio of the floating-point operations of whole steps, which is what "
        "the speed-up tends to where these take all the time. *Peak*: what a step holds at most "
        "beyond what was there before it.",
        f"The paper's figures are {record['paper']}: other images, networks and features, so they "
        "stand beside ours for the direction, not for the size.",
        f"Measured on {where}, {machine['threads']} of {machine['cores']} cores used, "
        f"PyTorch {machine['torch']}, Python {machine['python']}.",
    ]


def _range(numbers: list[int]) -> str:
    first, last = f"{numbers[0]:,}", f"{numbers[-1]:,}"
    return first if first == last else f"{first} to {last}"
