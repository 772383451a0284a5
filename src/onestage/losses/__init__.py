"""Adversarial losses: functions of D's outputs and of nothing else.

`r` stands for D's logits on the real batch and `f` for those on the fake batch, higher = more
real. E is the mean over the batch and over the positions of a map; where D has several heads their
terms are added. A loss knows no network, optimiser, noise or device.

There are two kinds. A `SeparableLoss` adds a term on r to a term on f, and lets the engine finish
D's real side before D sees the fakes. A `JointLoss` compares r with f. Either may declare a
*reversal*: a factor between the two players' derivatives at the fake outputs, with which one stage
is exact for every discriminator.

`gathered` spreads a loss with statistics over the batch (relativistic average, Fisher) over the
processes of a distributed run.

To add one: a file here with the formula and its paper, a line in `LOSSES`, a row in the tests.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, TypeAlias

from torch import Tensor

from onestage.losses._base import AdversarialLoss, JointLoss, SeparableLoss, Stateful
from onestage.losses._boundary_seeking import boundary_seeking
from onestage.losses._f_gan import f_gan
from onestage.losses._fisher import fisher
from onestage.losses._gathered import gathered
from onestage.losses._hinge import hinge
from onestage.losses._least_squares import least_squares
from onestage.losses._minimax import minimax
from onestage.losses._nonsaturating import nonsaturating
from onestage.losses._relativistic import relativistic
from onestage.losses._relativistic_average import relativistic_average
from onestage.losses._wasserstein import wasserstein

AnyLoss: TypeAlias = SeparableLoss | JointLoss
LossLike: TypeAlias = str | AnyLoss | tuple[Callable[..., Tensor], ...]

LOSSES: dict[str, Callable[..., AnyLoss]] = {
    "minimax": minimax,
    "nonsaturating": nonsaturating,
    "hinge": hinge,
    "least_squares": least_squares,
    "wasserstein": wasserstein,
    "relativistic": relativistic,
    "relativistic_average": relativistic_average,
    "fisher": fisher,
    "boundary_seeking": boundary_seeking,
    "f_gan": f_gan,
}


def build_loss(name: str, **options: Any) -> AnyLoss:
    """The loss registered as `name`.

    Args:
        name: a key of `LOSSES`.
        options: passed to the loss; all take `logits=`, and all but `fisher` take `heads=`.

    Raises:
        ValueError: for an unknown name; the nearest known one is suggested.
    """
    if name not in LOSSES:
        near = difflib.get_close_matches(name.replace("-", "_"), LOSSES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"Unknown loss {name!r}.{hint} Known: {', '.join(sorted(LOSSES))}.")
    return LOSSES[name](**options)


def as_loss(loss: LossLike) -> AnyLoss:
    """What `OneStage` accepts as a loss, as one of the two kinds.

    Args:
        loss: a registered name; a loss; a pair of functions `(d_loss(real, fake),
            g_loss(real, fake))`, which is joint; or a triple `(d_real(real), d_fake(fake),
            g_loss(real, fake))`, which is separable.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(loss, str):
        return build_loss(loss)
    if isinstance(loss, (SeparableLoss, JointLoss)):
        return loss
    if isinstance(loss, tuple) and all(callable(function) for function in loss):
        if len(loss) == 2:
            return JointLoss(*loss)
        if len(loss) == 3:
            return SeparableLoss(*loss)
    raise ValueError(
        f"{loss!r} is not a loss. Pass a name ({', '.join(sorted(LOSSES))}), a SeparableLoss or "
        "JointLoss, a pair of functions (d_loss, g_loss), or a triple (d_real, d_fake, g_loss)."
    )


__all__ = [
    "LOSSES",
    "AdversarialLoss",
    "AnyLoss",
    "JointLoss",
    "LossLike",
    "SeparableLoss",
    "Stateful",
    "as_loss",
    "boundary_seeking",
    "build_loss",
    "f_gan",
    "fisher",
    "gathered",
    "hinge",
    "least_squares",
    "minimax",
    "nonsaturating",
    "relativistic",
    "relativistic_average",
    "wasserstein",
]
