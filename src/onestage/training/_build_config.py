"""From settings (a recipe, a file, a command line) to a checked `TrainConfig`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from onestage.training._config import Settings, TrainConfig
from onestage.training._convert import ConfigError, convert, option_name, suggest
from onestage.training.recipes import DIGITS, image_recipe


def is_group(hint: Any) -> bool:
    """Whether a field of a config is itself a group of settings."""
    return isinstance(hint, type) and issubclass(hint, Settings)


def clean(settings: Any, cls: type[Settings] = TrainConfig, path: str = "") -> dict[str, Any]:
    """Settings with known keys and values of the declared types; null means unset.

    Args:
        settings: nested mapping, keyed by field; hyphens count as underscores.
        cls: the dataclass that it is for.
        path: where we are, such as `generator`.

    Raises:
        ConfigError: for an unknown key (the nearest known one is named) or a wrong type.
    """
    if not isinstance(settings, Mapping):
        where = path or "The config"
        raise ConfigError(f"{where} is {settings!r}: it must be a mapping of settings.")
    hints = get_type_hints(cls)
    known = [entry.name for entry in fields(cls)]
    cleaned: dict[str, Any] = {}
    for key, value in settings.items():
        name = str(key).replace("-", "_")
        inner = f"{path}.{name}" if path else name
        if name not in known:
            raise ConfigError(f"Unknown setting {path and path + '.'}{key}. {suggest(name, known)}")
        if is_group(hints[name]):
            cleaned[name] = clean(value if value is not None else {}, hints[name], inner)
        elif value is not None:
            cleaned[name] = convert(value, hints[name], option_name(inner))
    return cleaned


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Nested `base`, with what `over` sets taking its place."""
    merged = dict(base)
    for key, value in over.items():
        nested = isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        merged[key] = merge(base[key], value) if nested else value
    return merged


def recipe_for(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe that fits what the settings say of the source, the size and the method."""
    if settings.get("data", {}).get("source", "digits") == "digits":
        return DIGITS
    sizes = {key: settings[key] for key in ("image_size", "batch_size") if key in settings}
    if any(size < 1 for size in sizes.values()):
        sizes = {}  # refused below, with the field's own message
    alternating = settings.get("method", "one-stage") != "one-stage"
    return image_recipe(**sizes, alternating=alternating)


def build_config(settings: Mapping[str, Any] | None = None) -> TrainConfig:
    """A checked config: the recipe for the source, overridden by `settings`.

    Args:
        settings: nested mapping, keyed by field, such as
            `{"steps": 100, "generator": {"learning_rate": 1e-3}}`.

    Raises:
        ConfigError: (a `ValueError`) for an unknown key, a wrong type or an impossible value.
    """
    cleaned = clean(settings or {})
    return _construct(TrainConfig, merge(recipe_for(cleaned), cleaned))


def _construct(cls: type[Any], settings: Mapping[str, Any]) -> Any:
    hints = get_type_hints(cls)
    values = {
        name: _construct(hints[name], value) if is_group(hints[name]) else value
        for name, value in settings.items()
    }
    for entry in fields(cls):  # a group that nobody mentioned still has its defaults
        if is_group(hints[entry.name]) and entry.name not in values:
            values[entry.name] = _construct(hints[entry.name], {})
    return cls(**values)
