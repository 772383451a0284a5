"""From settings (a recipe, a file, a command line) to a checked `TrainConfig`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_type_hints

from onestage._convert import ConfigError
from onestage.presets import PresetError, load_preset, merge
from onestage.training._config import TrainConfig
from onestage.training._settings import is_group
from onestage.training.recipes import recipe


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
    base = TrainConfig.clean(preset.at_scale(scale, alternating=alternating))
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
    cleaned = TrainConfig.clean(settings or {})
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
