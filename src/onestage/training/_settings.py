"""What all groups of settings share."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, get_type_hints

from onestage.training._convert import ConfigError, convert, option_name


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A group of settings that checks itself: every field is converted to its type, or refused."""

    group: ClassVar[str] = ""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for entry in fields(self):
            hint, value = hints[entry.name], getattr(self, entry.name)
            if isinstance(hint, type) and issubclass(hint, Settings):
                self.check(entry.name, isinstance(value, hint), f"a {hint.__name__}")
            else:
                object.__setattr__(self, entry.name, convert(value, hint, self.option(entry.name)))
        self.validate()

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
