"""`onestage sample`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from onestage.apps import load_trained
from onestage.apps.gan import Selection
from onestage.cli._answer import Answer
from onestage.cli._classes import read_classes
from onestage.cli._options import strict
from onestage.cli._paths import check_picture
from onestage.training import RunFolder

_COUNT = 64


def sample(
    run: Path,
    /,
    *,
    count: Annotated[int | None, Parameter(converter=strict, show_default=False)] = None,
    out: Path = Path("grid.png"),
    seed: Annotated[int, Parameter(converter=strict)] = 0,
    classes: str | None = None,
    truncation: Annotated[float | None, Parameter(converter=strict)] = None,
    interpolate: Annotated[int | None, Parameter(converter=strict)] = None,
    best: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
) -> Answer:
    """Write a picture of what a trained run makes.

    A grid of images, by class where there are classes; a translation stands between its input and
    the truth. Points are drawn over the real ones.

    Parameters
    ----------
    run
        Folder of the run; its newest checkpoint's averaged generator is used.
    count
        Number of images or points; with --interpolate, of rows. [default: 64, or 8 rows]
    out
        The PNG file; it must not exist yet.
    seed
        Which images.
    classes
        Classes to show by name or number, such as cat,dog or 3,7, each in columns of its own.
        [default: all]
    truncation
        Draw latents from the normal truncated at this value, such as 0.7: images that are more
        alike and, mostly, better (the truncation trick of BigGAN).
    interpolate
        Images of each row, which goes from one sample to the next on the sphere; a row is of one
        class.
    best
        Take the checkpoint whose evaluation had the least FID, not the newest.

    Examples
    --------
    onestage sample runs/mine
    onestage sample runs/mine --count 16 --seed 1 --best --out best.png
    onestage sample runs/mine --classes cat,dog --truncation 0.7 --out good.png
    onestage sample runs/mine --interpolate 10 --count 4 --out between.png
    """
    selection = Selection(
        count=_COUNT if count is None and interpolate is None else count,
        seed=seed,
        truncation=truncation,
        steps=interpolate,
    )
    folder = RunFolder.open(run)
    if classes is not None:
        selection = replace(selection, classes=read_classes(classes, folder))
    check_picture(out)
    trained = load_trained(folder, best=best)
    shown = trained.task.draw(trained.generator, out, selection)
    return Answer(
        {"samples": shown, "step": trained.step, "out": out},
        [f"{shown} samples of step {trained.step}: {out}"],
    )
