"""The user's own pair, from the same factory as `onestage check` takes."""

from __future__ import annotations

from collections.abc import Mapping

from onestage._factory import load_factory
from onestage.bench._pairs import Pair
from onestage.losses import as_loss

_NEEDED = ("discriminator", "loss", "real", "generator")
_OPTIONAL = ("inputs", "real_args", "fake_args", "penalties", "other_loss")


def pair_from_factory(path: str) -> Pair:
    """Call MODULE:FACTORY, which returns a dict or an object with the fields of a check's subject.

    The current folder is searched first, as `python -m` does.

    Raises:
        ValueError: for a path of another form, a module or name that is not there, and fields that
            are missing.
    """
    found = load_factory(path)()
    fields = found if isinstance(found, Mapping) else vars(found)
    missing = [name for name in _NEEDED if name not in fields]
    if missing:
        raise ValueError(
            f"{path} gave no {', '.join(missing)}: a pair needs {', '.join(_NEEDED)}. Return a "
            f"dict with them and, if wanted, {', '.join(_OPTIONAL)}."
        )
    return Pair(
        generator=fields["generator"],
        discriminator=fields["discriminator"],
        loss=as_loss(fields["loss"]),
        real=fields["real"],
        inputs=fields.get("inputs", ()),
        real_args=fields.get("real_args", ()),
        fake_args=fields.get("fake_args", ()),
        penalties=fields.get("penalties", ()),
        other_loss=fields.get("other_loss"),
    )
