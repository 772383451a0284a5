"""Reading presets."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

_SUFFIX = ".yaml"


class PresetError(ValueError):
    """A preset that does not exist; one line."""


@dataclass(frozen=True)
class Preset:
    """A published GAN as settings.

    Attributes:
        name: what `--preset` takes.
        title: what it is, in a few words.
        source: where the settings come from.
        data: what it is made for.
        expected: the published figure, in words.
        settings: those of one stage, nested as in a config file.
        alternating: what differs for the two-stage methods.
        small: what differs on digits.
        small_alternating: what differs on digits for the two-stage methods, over `small`.
    """

    name: str
    title: str
    source: str
    data: str
    expected: str
    settings: Mapping[str, Any]
    alternating: Mapping[str, Any] = field(default_factory=dict)
    small: Mapping[str, Any] = field(default_factory=dict)
    small_alternating: Mapping[str, Any] = field(default_factory=dict)

    def at_scale(self, scale: str = "full", *, alternating: bool = False) -> dict[str, Any]:
        """The settings at a scale, nested.

        Args:
            scale: `"full"`, `"small"` or `"smoke"`.
            alternating: for the two-stage methods.
        """
        settings = merge(self.settings, self.alternating if alternating else {})
        if scale != "full":
            # One that has its own data is small already.
            has_data = "source" in settings["data"]
            settings = settings if has_data else merge(settings, _read("_small")["settings"])
            settings = merge(settings, self.small)
            settings = merge(settings, self.small_alternating if alternating else {})
        if scale == "smoke":
            settings = merge(settings, _read("_smoke")["settings"])
        return settings


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Nested `base`, with what `over` sets taking its place."""
    merged = dict(base)
    for key, value in over.items():
        nested = isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        merged[key] = merge(base[key], value) if nested else value
    return merged


def list_presets() -> list[Preset]:
    """All presets, by name."""
    return [load_preset(name) for name in _names()]


def load_preset(name: str) -> Preset:
    """The preset of that name.

    Raises:
        PresetError: if there is none; the nearest name is suggested.
    """
    names = _names()
    if name not in names:
        near = difflib.get_close_matches(name.replace("_", "-"), names, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Choose from: {', '.join(names)}."
        raise PresetError(f"There is no preset {name!r}. {hint}")
    return Preset(name=name, **_read(name))


def _names() -> list[str]:
    files = (entry.name for entry in resources.files(__package__).iterdir())
    return sorted(
        file.removesuffix(_SUFFIX)
        for file in files
        if file.endswith(_SUFFIX) and not file.startswith("_")
    )


def _read(name: str) -> dict[str, Any]:
    # Here, so that the names of the presets can be had without it.
    import yaml

    text = (resources.files(__package__) / f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    values: dict[str, Any] = yaml.safe_load(text)
    base = values.pop("extends", None)
    return merge(_read(base), values) if base else values
