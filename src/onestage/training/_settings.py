"""What all groups of settings share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, TypeGuard, get_type_hints

from onestage._convert import ConfigError, convert, option_name, suggest


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A group of settings that checks itself: every field is converted to its type, or refused.

    Attributes:
        group: the field of the config above that it is in; empty for the config itself.
    """

    group: ClassVar[str] = ""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for entry in fields(self):
            hint, value = hints[entry.name], getattr(self, entry.name)
            if is_group(hint):
                self.check(entry.name, isinstance(value, hint), f"a {hint.__name__}")
            else:
                object.__setattr__(self, entry.name, convert(value, hint, self.option(entry.name)))
        self.validate()

    @classmethod
    def clean(cls, settings: Any) -> dict[str, Any]:
        """Settings with known keys and values of the declared types; null means unset.

        Args:
            settings: nested mapping, keyed by field; hyphens count as underscores.

        Raises:
            ConfigError: for an unknown key (the nearest known one is named) or a wrong type.
        """
        if not isinstance(settings, Mapping):
            where = cls.group or "The config"
            raise ConfigError(f"{where} is {settings!r}: it must be a mapping of settings.")
        hints = get_type_hints(cls)
        known = [entry.name for entry in fields(cls)]
        prefix = f"{cls.group}." if cls.group else ""
        cleaned: dict[str, Any] = {}
        for key, value in settings.items():
            name = str(key).replace("-", "_")
            if name not in known:
                raise ConfigError(f"Unknown setting {prefix}{key}. {suggest(name, known)}")
            if is_group(hints[name]):
                cleaned[name] = hints[name].clean({} if value is None else value)
            elif value is not None:
                cleaned[name] = convert(value, hints[name], option_name(prefix + name))
        return cleaned

    def validate(self) -> None:
        """Raise `ConfigError` for values that cannot be used."""

    def option(self, name: str) -> str:
        """A field's name as on the command line."""
        return option_name(f"{self.group}.{name}" if self.group else name)

    def check(self, name: str, holds: bool, must_be: str) -> None:
        """Raise `ConfigError` if a condition on the field `name` does not hold."""
        if not holds:
            value: Any = getattr(self, name)
            raise ConfigError(f"{self.option(name)} is {value!r}: it must be {must_be}.")

    def check_at_least(self, least: float, *names: str) -> None:
        """Raise `ConfigError` if one of the fields is below `least`."""
        for name in names:
            must_be = f"at least {least:g}" if least else "0 or more"
            self.check(name, getattr(self, name) >= least, must_be)


def is_group(hint: Any) -> TypeGuard[type[Settings]]:
    """Whether a field of this type is itself a group of settings."""
    return isinstance(hint, type) and issubclass(hint, Settings)
