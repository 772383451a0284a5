"""The paper's own figures."""

from __future__ import annotations

from typing import NamedTuple


class Published(NamedTuple):
    """FID of a row on one data set, two stages and one."""

    two_stage: float
    one_stage: float


SOURCE = "Shen et al., CVPR 2021, table 1: mean of five runs, 64 x 64"

ROWS = (
    *("dcgan-sym", "dcgan-asym", "cgan", "wgan", "lsgan"),
    *("geogan", "relgan", "fishergan", "bgan", "sngan"),
)
"""The presets that are rows of the paper's table, in its families' order."""

_DATA = ("CelebA", "LSUN Churches", "FFHQ")
_FIGURES = {
    "dcgan-sym": ((23.78, 22.66), (46.09, 38.99), (40.56, 29.38)),
    "cgan": ((39.85, 30.97),),
    "wgan": ((33.30, 27.23), (36.29, 35.58), (35.66, 39.77)),
    "dcgan-asym": ((25.34, 24.20), (33.35, 25.41), (31.50, 31.19)),
    "lsgan": ((23.00, 19.31), (22.63, 22.39), (30.29, 29.11)),
    "geogan": ((21.92, 21.52), (18.85, 18.92), (30.55, 30.63)),
    "relgan": ((20.91, 20.79), (24.95, 25.09), (35.81, 35.72)),
    "fishergan": ((27.88, 27.10), (29.25, 29.23), (52.65, 51.63)),
    "bgan": ((31.12, 25.34), (35.06, 34.42), (41.35, 42.64)),
    "sngan": ((34.95, 34.34), (33.51, 31.23), (52.46, 51.03)),
}


def published(preset: str) -> dict[str, Published]:
    """The paper's FID of a preset by data set; empty for one that is no row of its table."""
    return {
        data: Published(*figures)
        for data, figures in zip(_DATA, _FIGURES.get(preset, ()), strict=False)
    }
