"""The command line's options, made from a config's own fields.

A field of the config is an option of the same name, with the same type and check and its docstring
as help; nothing is declared twice. An option that is not given is None here: the file, the preset
or the recipe decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field, fields, make_dataclass
from typing import Annotated, Any, Union, get_origin, get_type_hints

from cyclopts import CoercionError, Group, Parameter, Token
from docstring_parser import parse_from_object

from onestage._convert import ConfigError, convert, inner_type, option_name
from onestage.training import Settings

MAIN = Group("Main options", sort_key=0)
_ANNOTATED: Any = Annotated  # of types that are only known at run time


def strict(type_: Any, tokens: Sequence[Token]) -> Any:
    """A converter that takes a value as the config does: nothing is rounded or guessed."""
    token = tokens[0]
    try:
        return convert(token.value, type_, token.keyword or "the value")
    except ConfigError as error:
        raise CoercionError(msg=str(error)) from error


def options_class(
    cls: type[Settings],
    group_of: Callable[[type[Settings], str], Group],
    help_of: Callable[[type[Settings], str, str], str],
) -> type[Any]:
    """A dataclass with the fields of `cls`, each optional and described for cyclopts.

    Args:
        cls: the config; groups within it are taken apart likewise.
        group_of: under which heading a field of a config stands.
        help_of: its help, from its docstring.
    """
    hints = get_type_hints(cls)
    helps = {
        item.arg_name: item.description or ""
        for ancestor in reversed(cls.__mro__[:-1])
        for item in parse_from_object(ancestor).params
    }
    made: list[tuple[str, Any, Any]] = []
    for entry in fields(cls):
        name, hint = entry.name, hints[entry.name]
        if isinstance(hint, type) and issubclass(hint, Settings):
            nested = options_class(hint, group_of, help_of)
            made.append((name, nested, field(default_factory=nested)))
            continue
        # A list is one word, such as 100,200, which the config takes apart.
        kind = str if get_origin(inner_type(hint)) is tuple else inner_type(hint)
        described = Parameter(
            help=help_of(cls, name, helps.get(name, "")).strip(),
            group=group_of(cls, name),
            converter=strict if kind in (int, float, str) else None,
            show_default=False,
            negative=f"--no-{option_name(name)}" if kind is bool and not cls.group else None,
        )
        optional: Any = Union[kind, None]  # noqa: UP007 - a value, no annotation
        made.append((name, _ANNOTATED[optional, described], None))
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


def shown(value: Any) -> str:
    """A default in the help; empty where there is none to show."""
    if value in (None, "", ()):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def with_default(text: str, value: Any) -> str:
    """A help with what holds where nothing is said."""
    return f"{text} [default: {shown(value)}]" if shown(value) else text
