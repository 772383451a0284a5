"""Functions that a user names as MODULE:FACTORY."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def load_factory(path: str) -> Any:
    """The function that MODULE:FACTORY names; this folder is searched first, as `python -m` does.

    Raises:
        ValueError: for a path of another form, and a module or name that is not there.
    """
    module_name, _, name = path.partition(":")
    if not module_name or not name:
        raise ValueError(f"{path!r} is not MODULE:FACTORY, such as my_gan:build_check.")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"no module named {error.name!r}. Run this from its folder, or install it."
        ) from error
    factory = getattr(module, name, None)
    if not callable(factory):
        raise ValueError(f"{module_name} has no function {name!r}.")
    return factory
