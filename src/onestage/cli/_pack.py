"""`onestage data pack` and `onestage data prepare`: images in, shards out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from onestage.cli._answer import Answer, facts
from onestage.cli._options import strict
from onestage.cli._terminal import Said
from onestage.data import DataError, build_source
from onestage.data.tools import KNOWN, Packed, PackOptions
from onestage.data.tools import pack as pack_source
from onestage.data.tools import prepare as prepare_known

_Number = Annotated[int, Parameter(converter=strict)]
_MAX_BAD = "--max-bad"
_Share = Annotated[float, Parameter(converter=strict)]


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
        source,
        image_size=image_size,
        channels=channels,
        max_bad=max_bad,
        max_bad_option=_MAX_BAD,
        memory=0,
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
                max_bad_option=_MAX_BAD,
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


def _workers(workers: int | None) -> int:
    return (os.cpu_count() or 1) if workers is None else workers
