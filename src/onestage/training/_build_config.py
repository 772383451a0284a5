"""From settings (a recipe, a file, a command line) to a checked `TrainConfig`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from onestage.presets import PresetError, load_preset, merge
from onestage.training._config import TrainConfig
from onestage.training._convert import ConfigError, convert, option_name, suggest
from onestage.training._settings import Settings
from onestage.training.recipes import recipe


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


def base_for(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What holds where the settings are silent: the preset's settings, or the recipe's.

    Raises:
        ConfigError: for a preset that does not exist, or whose data are not named.
    """
    name, scale = settings.get("preset"), settings.get("scale", "full")
    if name is None and settings.get("data", {}).get("source") == "ring":
        name = "ring"  # what holds for images does not hold for points
    alternating = settings.get("method", "one-stage") != "one-stage"
    if name is None:
        if scale != "full":
            raise ConfigError(f"scale is {scale!r}: it is the size of a preset; give --preset.")
        return recipe(settings, alternating=alternating)
    try:
        preset = load_preset(name)
    except PresetError as error:
        raise ConfigError(str(error)) from error
    base = clean(preset.at_scale(scale, alternating=alternating))
    if "source" not in {**base.get("data", {}), **settings.get("data", {})}:
        raise ConfigError(
            f"The preset {name} needs images: --data.source FOLDER ({preset.data}). To see it run "
            "on digits first, give --scale small."
        )
    return base


def build_config(settings: Mapping[str, Any] | None = None) -> TrainConfig:
    """A checked config: the preset or the recipe for the data, overridden by `settings`.

    Args:
        settings: nested mapping, keyed by field, such as
            `{"steps": 100, "generator": {"learning_rate": 1e-3}}`.

    Raises:
        ConfigError: (a `ValueError`) for an unknown key, a wrong type or an impossible value.
    """
    cleaned = clean(settings or {})
    return _construct(TrainConfig, merge(base_for(cleaned), cleaned))


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
