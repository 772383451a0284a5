"""An adaptation's settings as YAML."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from onestage.apps.adaptation._config import AdaptConfig
from onestage.training import ConfigError
from onestage.training._build_config import clean
from onestage.training._files import write_text

_HEADER = "# Everything that this run used; adapt again with `onestage adapt --config FILE`.\n"


def load_adapt_settings(path: Path) -> dict[str, Any]:
    """The settings in a YAML file, checked for keys and types.

    Raises:
        ConfigError: if there is no such file, or it is not YAML, or it sets what does not exist.
    """
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        return clean(found if found is not None else {}, AdaptConfig)
    except FileNotFoundError as error:
        raise ConfigError(f"There is no config file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The config file {path} cannot be read as text: {error}.") from error
    except (yaml.YAMLError, ConfigError) as error:
        raise ConfigError(f"{path}: {error}") from error


def save_adapt_config(config: AdaptConfig, path: Path) -> None:
    """Write a config such that `load_adapt_settings` gives all of it back."""
    write_text(path, _HEADER + yaml.safe_dump(asdict(config), sort_keys=False))
