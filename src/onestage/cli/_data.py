"""`onestage data`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Group, Parameter

from onestage.cli._answer import Answer, facts
from onestage.cli._commands import add, epilogue
from onestage.cli._options import strict
from onestage.cli._paths import check_free
from onestage.cli._terminal import Said
from onestage.data import DataError, build_source
from onestage.data.tools import KNOWN, Inspection, Packed, PackOptions, inspect_source
from onestage.data.tools import pack as pack_source
from onestage.data.tools import prepare as prepare_known
from onestage.report import write_grid

_Number = Annotated[int, Parameter(converter=strict)]
_Share = Annotated[float, Parameter(converter=strict)]
_NAMED = 10
_SHOWN_CLASSES = 20


def inspect_(
    source: str,
    /,
    *,
    image_size: _Number = 64,
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
        check_free(out)
    found = inspect_source(source, image_size=image_size)
    if out is not None and len(found.examples):
        write_grid(found.examples, out)
    return Answer({**_record(found), "grid": out}, [facts(source, _rows(found, out))])


def pack(
    source: str,
    out: Path,
    /,
    *,
    image_size: _Number = 64,
    channels: Annotated[int | None, Parameter(converter=strict)] = None,
    shard_size: _Number = 4096,
    format: Literal["png", "jpg"] = "png",
    workers: _Number | None = None,
    max_bad: _Share = 0.01,
    terminal: Said,
) -> Answer:
    """Write a source as tar shards of resized images.

    Their folder is then a source itself, fast to read. Stopped, the same command goes on with the
    shards that are missing.

    Parameters
    ----------
    source
        digits, photographs, a folder or zip of images, shards, or hf:owner/name.
    out
        Folder for the shards.
    image_size
        Height and width in pixels.
    channels
        1 for grey, 3 for colour; unset, what the images have.
    shard_size
        Images in a shard.
    format
        png loses nothing; jpg takes a third of the room.
    workers
        Processes; unset, as many as there are cores.
    max_bad
        Largest share of unreadable images that are left out.

    Examples
    --------
    onestage data pack photos shards --image-size 128
    onestage data pack photos.zip shards --format jpg --workers 8
    """
    options = PackOptions(shard_size, format)
    images = build_source(
        source, image_size=image_size, channels=channels, max_bad=max_bad, memory=0
    )
    with terminal.progress("shard") as progress:
        packed = pack_source(images, out, options, workers=_workers(workers), progress=progress)
    return _done(packed, out, image_size)


def prepare(
    name: str,
    path: Path = Path(),
    /,
    *,
    out: Path | None = None,
    image_size: _Number = 64,
    crop: Annotated[int | None, Parameter(converter=strict)] = None,
    shard_size: _Number = 4096,
    format: Literal["png", "jpg"] = "png",
    workers: _Number | None = None,
    max_bad: _Share = 0.01,
    terminal: Said,
) -> Answer:
    """Make shards of a known data set from its owners' files.

    Parameters
    ----------
    name
        celeba, lsun-churches or ffhq.
    path
        The file or folder as it was downloaded, or the folder that it is in; where it is not there,
        the command says what to download.
    out
        Folder for the shards. [default: NAME-SIZE]
    image_size
        Height and width in pixels.
    crop
        Side of the centre square in the original's pixels. [default: 178 for celeba, else all]
    shard_size
        Images in a shard.
    format
        png loses nothing; jpg takes a third of the room.
    workers
        Processes; unset, as many as there are cores.
    max_bad
        Largest share of unreadable images that are left out.

    Examples
    --------
    onestage data prepare celeba downloads/img_align_celeba.zip
    onestage data prepare ffhq downloads --image-size 128 --out ffhq
    """
    out = out or Path(f"{name}-{image_size}")
    try:
        with terminal.progress("shard") as progress:
            packed = prepare_known(
                name,
                path,
                out,
                image_size=image_size,
                crop=crop,
                options=PackOptions(shard_size, format),
                workers=_workers(workers),
                max_bad=max_bad,
                progress=progress,
            )
    except ModuleNotFoundError as error:
        raise DataError(
            f"{name} needs {error.name}, which is not installed; pip install 'onestage[lsun]'."
        ) from error
    expected = KNOWN[name].images
    if packed.images + packed.left_out != expected:
        found = packed.images + packed.left_out
        terminal.warn(f"{KNOWN[name].title} has {expected:,} images; here were {found:,}.")
    return _done(packed, out, image_size)


def _done(packed: Packed, out: Path, image_size: int) -> Answer:
    rows = {
        "images": packed.images,
        "left out": packed.left_out,
        "shards": packed.shards,
        "size": f"{packed.bytes / 1e6:,.1f} MB",
        "train on them": f"onestage train --data.source {out} --image-size {image_size}",
    }
    return Answer({**packed._asdict(), "out": out}, [facts(str(out), rows)])


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
    return {**rows, "grid": out} if out is not None else rows


def _counts(counts: list[tuple[str, int]], total: int = 0) -> str:
    more = total - len(counts)
    text = ", ".join(f"{name}: {count:,}" for name, count in counts)
    return f"{text}, and {more:,} more" if more > 0 else text or "none"


def _record(found: Inspection) -> dict[str, Any]:
    names = ("source", "images", "widths", "heights", "modes", "formats", "labels", "bad")
    return {name: getattr(found, name) for name in names}


def _workers(workers: int | None) -> int:
    return (os.cpu_count() or 1) if workers is None else workers


app = App(
    name="data",
    help="Look at images, pack them into shards, prepare known sets.",
    group=Group("Data", sort_key=4),
    help_epilogue=epilogue(
        "onestage data inspect photos\n"
        "onestage data pack photos shards --image-size 128\n"
        "onestage train --data.source shards --image-size 128"
    ),
)
_GROUP = Group("Commands", sort_key=0)
add(app, inspect_, "inspect", group=_GROUP, sort_key=0)
add(app, pack, group=_GROUP, sort_key=1)
add(app, prepare, group=_GROUP, sort_key=2)
