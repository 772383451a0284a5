"""What a factory returns to be checked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from onestage._tree import Tree
from onestage.losses import LossLike
from onestage.penalties import AnyPenalty


@dataclass(frozen=True)
class Subject:
    """A game and one batch of it.

    Attributes:
        discriminator: as in `OneStage`.
        loss: as in `OneStage`.
        real: as in `OneStage.backward`.
        generator: makes the fake from `inputs`.
        inputs: what the generator takes: latents, images, ...
        real_args: conditions that D takes after the real sample.
        fake_args: conditions that D takes after the fake.
        penalties: as in `OneStage`.
        other_loss: G's other terms as a function of the fake.
    """

    discriminator: Callable[..., Tree]
    loss: LossLike
    real: Tree
    generator: Callable[..., Tree]
    inputs: Sequence[Any] = ()
    real_args: Sequence[Tree] = ()
    fake_args: Sequence[Tree] = ()
    penalties: Sequence[AnyPenalty] = ()
    other_loss: Callable[[Tree], Tensor] | None = None


def as_subject(found: Any) -> Subject:
    """A `Subject`, or a mapping with its fields.

    Raises:
        ValueError: for anything else; says which fields are missing or unknown.
    """
    if isinstance(found, Subject):
        return found
    fields = dataclasses.fields(Subject)
    names = [field.name for field in fields]
    needed = [field.name for field in fields if field.default is dataclasses.MISSING]
    if not isinstance(found, Mapping):
        raise ValueError(
            f"The factory returned {type(found).__name__}; return an onestage.check.Subject, or a "
            f"dict with {', '.join(needed)} (and, if wanted, {', '.join(names[len(needed) :])})."
        )
    missing = [name for name in needed if name not in found]
    unknown = [str(name) for name in found if name not in names]
    if missing or unknown:
        raise ValueError(
            "The factory's dict "
            + " and ".join(
                [f"lacks {', '.join(missing)}"] * bool(missing)
                + [f"has unknown keys {', '.join(unknown)}"] * bool(unknown)
            )
            + f". Known: {', '.join(names)}."
        )
    return Subject(**found)
