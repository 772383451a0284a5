"""`onestage data inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from onestage.cli._answer import Answer, facts
from onestage.cli._options import strict
from onestage.cli._paths import check_picture
from onestage.data.tools import Inspection, inspect_source
from onestage.report import write_grid

_NAMED = 10
_SHOWN_CLASSES = 20
_SHOWN_SUFFIXES = 10


def inspect(
    source: str,
    /,
    *,
    image_size: Annotated[int, Parameter(converter=strict)] = 64,
    out: Path | None = None,
) -> Answer:
    """Say what a source holds: counts, sizes, bad files, classes.

    Every image is decoded.

    Parameters
    ----------
    source
        digits, photographs, a folder or zip of images, shards, or hf:owner/name.
    image_size
        Height and width in the grid.
    out
        PNG file for a grid of 64 images; it must not exist yet.

    Examples
    --------
    onestage data inspect photos
    onestage data inspect photos.zip --out look.png
    onestage data inspect photos --json | jq .bad
    """
    if out is not None:
        check_picture(out)
    found = inspect_source(source, image_size=image_size)
    if out is not None and len(found.examples):
        write_grid(found.examples, out)
    return Answer({**_record(found), "grid": out}, [facts(source, _rows(found, out))])


def _rows(found: Inspection, out: Path | None) -> dict[str, Any]:
    sizes = " | ".join(f"{w} x {h}" for w, h in zip(found.widths, found.heights, strict=True))
    bad = dict(enumerate(found.bad[:_NAMED], 1))
    more = len(found.bad) - len(bad)
    classes = list(found.labels.items())
    rows = {
        "images": found.images,
        "width x height (least | median | largest)": sizes,
        "modes": _counts(list(found.modes.items())),
        "formats": _counts(list(found.formats.items())),
        "classes": _counts(classes[:_SHOWN_CLASSES], len(classes)) if classes else "none",
        "bad files": len(found.bad),
        **{f"  {number}": line for number, line in bad.items()},
    }
    if more > 0:
        rows["  ..."] = f"and {more:,} more; --json names all"
    if found.unused:
        named = ", ".join(found.unused_names)
        dots = ", ..." if found.unused > len(found.unused_names) else ""
        rows["images not used"] = f"{found.unused:,} ({named}{dots})"
    if found.others is not None:
        rows["other files"] = _others(found.others)
    return {**rows, "grid": out} if out is not None else rows


def _others(counts: dict[str, int]) -> str:
    named = [f"{suffix} {count:,}" for suffix, count in counts.items()]
    shown = [*named[:_SHOWN_SUFFIXES], *(["..."] if len(named) > _SHOWN_SUFFIXES else [])]
    return f"{sum(counts.values()):,} ({', '.join(shown)})" if counts else "0"


def _counts(counts: list[tuple[str, int]], total: int = 0) -> str:
    more = total - len(counts)
    text = ", ".join(f"{name}: {count:,}" for name, count in counts)
    return f"{text}, and {more:,} more" if more > 0 else text or "none"


def _record(found: Inspection) -> dict[str, Any]:
    names = ("source", "images", "widths", "heights", "modes", "formats", "labels", "bad", "others")
    return {name: getattr(found, name) for name in (*names, "unused", "unused_names")}
