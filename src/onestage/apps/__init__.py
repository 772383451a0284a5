"""Applications: each is a `Step` for the one loop of `onestage.training`.

`build_game(config)` gives the one that fits the data: a GAN of images, or of points in the plane.
`load_trained(run)` gives what it has learnt, and `provenance` what others may know of it. The
rooms `distillation` and `adaptation` read their own runs: `load_student`, `load_adapted`.
"""

from onestage.apps._build import build_game
from onestage.apps._provenance import provenance
from onestage.apps._trained import Trained, load_trained

__all__ = ["Trained", "build_game", "load_trained", "provenance"]
