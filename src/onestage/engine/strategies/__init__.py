"""How both players' gradients come out of one forward of D.

With `f = dL_D/d(outputs)` and `g = dL_G/d(outputs)` on the fake batch, D needs the VJP of its
weights with f, and G needs the VJP of D's input with g.

- `GradientReversal`: one walk with f, input gradient times r. Exact where the loss declares
  g = r f, with any D.
- `PerSampleRatio`: one walk with f, sample i's input gradient times g_i / f_i. Exact where D gives
  one logit per sample and treats samples independently.
- `SharedPenalty`: a penalty on the fakes has the input gradient u_i of each logit already; G's is
  g_i u_i. Exact where the ratio is.
- `DualCotangent`: an input-only walk with g, then a weight walk with f. Exact where the graph can
  be walked twice.

To add one: a file here with a `Strategy`, a line in `STRATEGIES`, its condition in
`engine/_plan.py`, a row in the tests.
"""

from onestage.engine.strategies._base import Strategy, Walk, add_vjp, pairs, raise_explained
from onestage.engine.strategies._dual import DualCotangent
from onestage.engine.strategies._ratio import FLOOR, PerSampleRatio
from onestage.engine.strategies._reversal import GradientReversal
from onestage.engine.strategies._shared_penalty import SharedPenalty

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (GradientReversal(), PerSampleRatio(), SharedPenalty(), DualCotangent())
}

__all__ = [
    "FLOOR",
    "STRATEGIES",
    "DualCotangent",
    "GradientReversal",
    "PerSampleRatio",
    "SharedPenalty",
    "Strategy",
    "Walk",
    "add_vjp",
    "pairs",
    "raise_explained",
]
