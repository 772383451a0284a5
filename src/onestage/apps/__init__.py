"""Applications: each is a `Step` for the one loop of `onestage.training`.

`build_game(config)` gives the one that fits the data: a GAN of images, or of points in the plane.
"""

from onestage.apps._build import build_game

__all__ = ["build_game"]
