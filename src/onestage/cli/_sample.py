"""`onestage sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from onestage.apps import load_trained
from onestage.cli._answer import Answer
from onestage.cli._options import strict
from onestage.training import ConfigError, RunError, RunFolder


def sample(
    run: Path,
    /,
    *,
    count: Annotated[int, Parameter(converter=strict)] = 64,
    out: Path = Path("grid.png"),
    seed: Annotated[int, Parameter(converter=strict)] = 0,
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
        Number of images or points.
    out
        The PNG file; it must not exist yet.
    seed
        Which images.
    best
        Take the checkpoint whose evaluation had the least FID, not the newest.

    Examples
    --------
    onestage sample runs/mine
    onestage sample runs/mine --count 16 --seed 1 --best --out best.png
    """
    if count < 1:
        raise ConfigError(f"--count is {count}: it must be at least 1.")
    folder = RunFolder.open(run)
    _check_free(out)
    trained = load_trained(folder, best=best)
    trained.task.draw(trained.generator, out, count=count, seed=seed)
    return Answer(
        {"samples": count, "step": trained.step, "out": out},
        [f"{count} samples of step {trained.step}: {out}"],
    )


def _check_free(out: Path) -> None:
    if out.exists():
        raise RunError(f"{out} exists already and is left as it is; choose another --out.")
    if not out.parent.is_dir():
        raise RunError(f"There is no folder {out.parent} to write {out.name} to; make it first.")
