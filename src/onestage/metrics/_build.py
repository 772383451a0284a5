"""A feature network by name."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from ._features import PixelFeatures
from ._load import load_digits_classifier

FEATURES = ("digits", "pixels", "inception")


def build_features(name: str, *, cache_dir: str | Path | None = None) -> nn.Module:
    """The feature network that `name` names, on the CPU, in eval mode and frozen.

    Args:
        name: `"digits"` (`load_digits_classifier`), `"pixels"` (`PixelFeatures`), `"inception"`
            (`load_inception`), or `"module:factory"` of one's own: a function without arguments
            that returns an `nn.Module` from images [N, C, H, W] in [-1, 1] to [N, F]. The module is
            imported, the working folder being searched first: its code runs, when it is named.
        cache_dir: Where weights are kept; None takes the environment's `ONESTAGE_CACHE`, or else
            `~/.cache/onestage`.

    Raises:
        ValueError: If there are no such features, or the factory returns no module.
        OSError: If weights cannot be fetched.
    """
    if name == "digits":
        return load_digits_classifier(cache_dir)
    if name == "pixels":
        return PixelFeatures().eval()
    if name == "inception":
        from ._inception_weights import load_inception

        return load_inception(cache_dir=cache_dir)
    network = _find_factory(name)()
    if not isinstance(network, nn.Module):
        raise ValueError(
            f"{name} returned {type(network).__name__}; let it return a torch.nn.Module from "
            "images to features."
        )
    return network.eval().requires_grad_(False)


def _find_factory(path: str) -> Callable[[], Any]:
    module_name, _, name = path.partition(":")
    if not module_name or not name:
        raise ValueError(
            f"features {path!r} are unknown; give one of {', '.join(FEATURES)}, or MODULE:FACTORY "
            "of your own."
        )
    if "" not in sys.path:  # this folder, as `python -m` searches it
        sys.path.insert(0, "")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise ValueError(
            f"no module named {error.name!r} for the features {path}; run this from its folder, "
            "or install it."
        ) from error
    factory = getattr(module, name, None)
    if not callable(factory):
        raise ValueError(f"{module_name} has no function {name!r} to make features by.")
    return factory
