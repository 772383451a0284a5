"""Config files: YAML in, YAML out."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from onestage._convert import ConfigError
from onestage._files import write_text
from onestage.training._config import TrainConfig
from onestage.training._settings import Settings

_HEADER = "# Everything that this run used; again by: onestage {} --config FILE\n"


class _Loader(yaml.SafeLoader):
    """The safe loader, which also refuses a key that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice[0]} is given twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def load_settings(path: Path, cls: type[Settings] = TrainConfig) -> dict[str, Any]:
    """The settings in a YAML file, checked for keys and types; an empty file has none.

    Args:
        path: the file.
        cls: the config that they are for.

    Raises:
        ConfigError: if there is no such file, or it is not YAML, or it sets what does not exist.
    """
    text = _read(path)
    try:
        settings = yaml.load(text, Loader=_Loader)
        return cls.clean({} if settings is None else settings)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {_first_line(error)}.") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def save_config(config: Settings, path: Path, command: str = "train") -> None:
    """Write a config such that `load_settings` gives all of it back.

    Args:
        config: the settings.
        path: the file.
        command: what takes them: `onestage COMMAND --config FILE`.
    """
    write_text(path, _HEADER.format(command) + yaml.safe_dump(asdict(config), sort_keys=False))


def saved_by(path: Path) -> str | None:
    """The command that `save_config` was told, if the file is as it left it."""
    before, after = _HEADER.split("{}")
    found = re.match(re.escape(before) + r"(\w+)" + re.escape(after), _read(path))
    return found[1] if found else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigError(f"There is no config file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The config file {path} cannot be read as text: {error}.") from error


def _first_line(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())
