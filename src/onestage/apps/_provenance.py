"""Where a generator comes from, as others may know it."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

from onestage.apps._trained import Trained
from onestage.metrics import FIGURES
from onestage.training import RunFolder, load_data

_NAMES = ("digits", "photographs", "ring")
_FIGURES = (*FIGURES, "feature_network", "num_samples", "num_reference")


def provenance(run: RunFolder, trained: Trained) -> dict[str, Any]:
    """The step, all settings, the classes of the labels and, if it was evaluated, the metrics.

    The data's path or address is cut to its last name: where they lie on the machine, and a key in
    an address, are nobody else's business.
    """
    settings = asdict(trained.task.config)
    settings["data"]["source"] = public_name(settings["data"]["source"])
    metrics: dict[str, Any] = next(
        (
            record["metrics"]
            for record in reversed(run.records())
            if record["step"] == trained.step and "metrics" in record
        ),
        {},
    )
    figures = {name: metrics[name] for name in _FIGURES if _is_said(metrics.get(name))}
    return {"step": trained.step, "settings": settings, **_classes(run), "metrics": figures}


def _classes(run: RunFolder) -> dict[str, dict[str, str]]:
    """Under the name that the Hugging Face Hub has for it; nothing where labels are no input."""
    data = load_data(run)
    names = () if data is None else data.class_names
    return {"id2label": {str(label): name for label, name in enumerate(names)}} if names else {}


def _is_said(value: Any) -> bool:
    """Whether it is a figure: JSON has no word for NaN."""
    return isinstance(value, str) or (value is not None and math.isfinite(value))


def public_name(source: str) -> str:
    """A data source without the place where it is."""
    if source in _NAMES or source.startswith("hf:"):
        return source
    if source.startswith("pipe:"):
        return "pipe"
    return PurePath(source.partition("?")[0]).name
