"""Penalties: terms of L_D that see D's input, or what D said before.

A penalty belongs to one side of D, real or fake, or has points of its own between them. It is
walked back together with that side's adversarial term: one backward, so that distributed wrappers
see each parameter once. `every=k` applies it on every k-th *optimiser* step of D (accumulated
micro-batches count as one) with k times the weight. An `OutputPenalty` (LeCam) looks at D's logits
alone and costs no walk at all.

To add one: a file here with a frozen dataclass that has `name`, `branch`, `every` and a formula as
`__call__(sample, logits)`, a line below, a row in the tests.
"""

from onestage.penalties._base import (
    AnyPenalty,
    Branch,
    GradientBased,
    OutputPenalty,
    Penalty,
    PenaltyBetween,
    Side,
    value_on,
)
from onestage.penalties._dragan import DRAGAN
from onestage.penalties._gradient import input_gradient
from onestage.penalties._gradient_penalty import GradientPenalty
from onestage.penalties._lecam import LeCam
from onestage.penalties._r1 import R1
from onestage.penalties._r2 import R2

__all__ = [
    "DRAGAN",
    "R1",
    "R2",
    "AnyPenalty",
    "Branch",
    "GradientBased",
    "GradientPenalty",
    "LeCam",
    "OutputPenalty",
    "Penalty",
    "PenaltyBetween",
    "Side",
    "input_gradient",
    "value_on",
]
