"""One value of a config: from what a file or a command line gives to its declared type."""

from __future__ import annotations

import difflib
import math
import types
from collections.abc import Iterable
from typing import Any, Literal, Union, get_args, get_origin


class ConfigError(ValueError):
    """A setting that cannot be used; its message is one line for the person who typed it."""


def suggest(name: str, known: Iterable[str]) -> str:
    """`' Did you mean X?'` where one of the known names is near, else the list of all."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Choose from: {', '.join(known)}."


def option_name(path: str) -> str:
    """The command line's spelling of a field: `generator.learning_rate` as in `--help`."""
    return path.replace("_", "-")


def inner_type(hint: Any) -> Any:
    """`T` of `T | None`, else the hint itself."""
    if get_origin(hint) in (Union, types.UnionType):
        return next(kind for kind in get_args(hint) if kind is not type(None))
    return hint


def convert(value: Any, hint: Any, name: str) -> Any:
    """`value` as the type `hint`, or a `ConfigError` that names the field.

    Numbers may come as text: YAML reads `1e-4` as a string. An integer is never rounded.

    Args:
        value: what was given.
        hint: `bool`, `int`, `float`, `str`, a `Literal` of strings, one of them `| None`, or
            `tuple[int, ...]`, for which a list or text such as `100,200` is taken.
        name: the field, for the message.

    Raises:
        ConfigError: if the value is of another type.
    """
    kind = inner_type(hint)
    if value is None and kind is not hint:
        return None
    if get_origin(kind) is Literal:
        return _choice(value, get_args(kind), name)
    if get_origin(kind) is tuple:
        return _ints(value, name)
    converted = {bool: _bool, int: _int, float: _float, str: _str}[kind](value)
    if converted is None:
        wanted = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
        raise ConfigError(f"{name} is {value!r}: it must be {wanted[kind]}.")
    return converted


def _choice(value: Any, choices: tuple[str, ...], name: str) -> str:
    text = str(value)
    if text not in choices:
        raise ConfigError(f"{name} is {text!r}. {suggest(text, choices)}")
    return text


def _ints(value: Any, name: str) -> tuple[int, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if isinstance(parts, (list, tuple)):
        numbers = [_int(part) for part in parts if part != ""]
        if None not in numbers:
            return tuple(numbers)  # type: ignore[arg-type]  # no None is left
    raise ConfigError(f"{name} is {value!r}: it must be whole numbers, such as 100,200.")


def _bool(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _str(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _float(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _int(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().lstrip("+-").isdigit():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    number = _float(value)  # 1e3, which is a float in Python and a string in YAML
    return int(number) if number is not None and number.is_integer() else None
