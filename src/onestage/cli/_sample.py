"""`onestage sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from onestage.apps.image_gan import generate, load_generator
from onestage.cli._options import strict
from onestage.report import write_grid
from onestage.training import ConfigError, RunError, RunFolder


def sample(
    run: Path,
    /,
    *,
    count: Annotated[int, Parameter(converter=strict)] = 64,
    out: Path = Path("grid.png"),
    seed: Annotated[int, Parameter(converter=strict)] = 0,
) -> None:
    """Write a grid of images that a trained run makes.

    Parameters
    ----------
    run
        Folder of the run; its newest checkpoint's averaged generator is used.
    count
        Number of images.
    out
        The PNG file; it must not exist yet.
    seed
        Which images.
    """
    if count < 1:
        raise ConfigError(f"--count is {count}: it must be at least 1.")
    folder = RunFolder.open(run)
    _check_free(out)
    generator, _, step = load_generator(folder)
    write_grid(generate(generator, count, seed=seed), out)
    print(f"{count} images of step {step}: {out}")


def _check_free(out: Path) -> None:
    if out.exists():
        raise RunError(f"{out} exists already and is left as it is; choose another --out.")
    if not out.parent.is_dir():
        raise RunError(f"There is no folder {out.parent} to write {out.name} to; make it first.")
