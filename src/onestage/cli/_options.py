"""The command line's options, made from the config's own fields.

A field of the config is an option of the same name, with the same type and check and its docstring
as help; nothing is declared twice. An option that is not given is None here: the file or the recipe
decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, fields, make_dataclass
from functools import cache
from typing import Annotated, Any, Union, get_origin, get_type_hints

from cyclopts import CoercionError, Group, Parameter, Token
from docstring_parser import parse_from_object

from onestage.losses import LOSSES
from onestage.training import ConfigError, Settings, TrainConfig, build_config
from onestage.training._convert import convert, inner_type

MAIN = Group("Main options", sort_key=0)
_OTHER = Group("Training", sort_key=1)
_SHORT = (
    *("preset", "scale", "steps", "batch_size", "seed"),
    *("networks", "loss", "method", "image_size", "device"),
)
_ANNOTATED: Any = Annotated  # of types that are only known at run time
_GROUPS = ("data", "generator", "discriminator", "penalties", "augment")


def strict(type_: Any, tokens: Sequence[Token]) -> Any:
    """A converter that takes a value as the config does: nothing is rounded or guessed."""
    token = tokens[0]
    try:
        return convert(token.value, type_, token.keyword or "the value")
    except ConfigError as error:
        raise CoercionError(msg=str(error)) from error


def options_class(cls: type[Settings] = TrainConfig) -> type[Any]:
    """A dataclass with the fields of `cls`, each optional and described for cyclopts."""
    hints = get_type_hints(cls)
    helps = {
        item.arg_name: item.description
        for ancestor in reversed(cls.__mro__[:-1])
        for item in parse_from_object(ancestor).params
    }
    made: list[tuple[str, Any, Any]] = []
    for entry in fields(cls):
        hint = hints[entry.name]
        if isinstance(hint, type) and issubclass(hint, Settings):
            nested = options_class(hint)
            made.append((entry.name, nested, field(default_factory=nested)))
        else:
            described = _parameter(cls, entry.name, hint, helps.get(entry.name) or "")
            # A list is one word, such as 100,200, which the config takes apart.
            kind = str if get_origin(hint) is tuple else inner_type(hint)
            optional: Any = Union[kind, None]  # noqa: UP007 - a value, no annotation
            made.append((entry.name, _ANNOTATED[optional, described], None))
    # Without a module of its own it would count as a type of the standard library, a plain value.
    namespace = {"__module__": __name__}
    return make_dataclass(
        f"{cls.__name__}Options", made, namespace=namespace, frozen=True, kw_only=True
    )


def given(options: Any) -> dict[str, Any]:
    """The settings that were given, nested as a config file is."""
    settings: dict[str, Any] = {}
    for entry in fields(options):
        value = getattr(options, entry.name)
        if hasattr(value, "__dataclass_fields__"):
            value = given(value) or None
        if value is not None:
            settings[entry.name] = value
    return settings


def _parameter(cls: type[Settings], name: str, hint: Any, text: str) -> Parameter:
    is_main = (cls.group == "" and name in _SHORT) or (cls.group, name) == ("data", "source")
    group = MAIN if is_main else _OTHER
    if cls.group and not is_main:
        group = Group(cls.group.capitalize(), sort_key=2 + _GROUPS.index(cls.group))
    if name == "loss":
        text = f"{text.rstrip('.')}: {', '.join(LOSSES)}."
    kind = inner_type(hint)
    kind = str if get_origin(kind) is tuple else kind
    converter = strict if kind in (int, float, str) else None
    return Parameter(
        help=f"{text} {_default_text(cls.group, name)}".strip(),
        group=group,
        converter=converter,
        show_default=False,
        negative=f"--no-{name}" if kind is bool and not cls.group else None,
    )


def _default_text(group: str, name: str) -> str:
    """What holds where neither the user nor a file says anything."""
    digits, images = (
        getattr(getattr(config, group) if group else config, name) for config in _defaults()
    )
    if not _shown(digits) and not _shown(images):
        return ""
    if name == "source" or digits == images:
        return f"[default: {_shown(digits)}]"
    return f"[default: {_shown(digits)} for digits, else {_shown(images) or 'unset'}]"


def _shown(value: Any) -> str:
    if value in (None, "", ()):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


@cache
def _defaults() -> tuple[TrainConfig, TrainConfig]:
    return build_config(), build_config({"data": {"source": "photographs"}})
