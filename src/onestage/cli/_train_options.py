"""The options of `onestage train`."""

from __future__ import annotations

from functools import cache
from typing import Any

from cyclopts import Group

from onestage.cli._options import MAIN, options_class, shown, with_default
from onestage.losses import LOSSES
from onestage.training import Settings, TrainConfig, build_config

_OTHER = Group("Training", sort_key=1)
_SHORT = (
    *("preset", "scale", "steps", "batch_size", "seed"),
    *("networks", "loss", "method", "image_size", "device"),
)
_GROUPS = ("data", "generator", "discriminator", "penalties", "augment")


def train_options() -> type[Any]:
    """The options, by groups as in the config."""
    return options_class(TrainConfig, _group, _help)


def _group(cls: type[Settings], name: str) -> Group:
    if (cls.group == "" and name in _SHORT) or (cls.group, name) == ("data", "source"):
        return MAIN
    if not cls.group:
        return _OTHER
    return Group(cls.group.capitalize(), sort_key=2 + _GROUPS.index(cls.group))


def _help(cls: type[Settings], name: str, text: str) -> str:
    if name == "loss":
        text = f"{text.rstrip('.')}: {', '.join(LOSSES)}."
    digits, images = (
        getattr(getattr(config, cls.group) if cls.group else config, name) for config in _defaults()
    )
    if name == "source" or digits == images or not shown(digits) + shown(images):
        return with_default(text, digits)
    return f"{text} [default: {shown(digits)} for digits, else {shown(images) or 'unset'}]"


@cache
def _defaults() -> tuple[TrainConfig, TrainConfig]:
    return build_config(), build_config({"data": {"source": "photographs"}})
