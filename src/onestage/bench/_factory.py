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
            are missing or, in a dict, unknown.
    """
    found = load_factory(path)()
    is_dict = isinstance(found, Mapping)
    fields = found if is_dict else getattr(found, "__dict__", {})
    missing = [name for name in _NEEDED if name not in fields]
    unknown = [str(n) for n in fields if is_dict and n not in (*_NEEDED, *_OPTIONAL)]
    if missing or unknown:
        wrong = f"no {', '.join(missing)}" if missing else f"unknown keys {', '.join(unknown)}"
        raise ValueError(
            f"{path} gave {wrong}: a pair needs {', '.join(_NEEDED)}. Return a dict with them and, "
            f"if wanted, {', '.join(_OPTIONAL)}."
        )
    known = {name: fields[name] for name in (*_NEEDED, *_OPTIONAL) if name in fields}
    return Pair(**{**known, "loss": as_loss(fields["loss"])})
