"""A feature network by name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from onestage._factory import load_factory
from onestage.metrics._features import PixelFeatures
from onestage.metrics._inception_weights import load_inception
from onestage.metrics._load import load_digits_classifier

FEATURES = ("digits", "pixels", "inception")


def build_features(name: str, *, cache_dir: str | Path | None = None) -> nn.Module:
    """The feature network that `name` names, on the CPU, in eval mode and frozen.

    Args:
        name: `"digits"` (`load_digits_classifier`), `"pixels"` (`PixelFeatures`), `"inception"`
            (`load_inception`), or `"module:factory"` of one's own: a function without arguments
            that returns an `nn.Module` from images [N, C, H, W] in [-1, 1] to [N, F]. The module is
            imported, the working folder being searched first: its code runs, when it is named.
        cache_dir: where weights are kept; None takes the environment's `ONESTAGE_CACHE`, or else
            `~/.cache/onestage`.

    Raises:
        ValueError: if there are no such features, or the factory returns no module.
        OSError: if weights cannot be fetched.
    """
    if name == "digits":
        return load_digits_classifier(cache_dir)
    if name == "pixels":
        return PixelFeatures().eval()
    if name == "inception":
        return load_inception(cache_dir=cache_dir)
    network = _find_factory(name)()
    if not isinstance(network, nn.Module):
        raise ValueError(
            f"{name} returned {type(network).__name__}; let it return a torch.nn.Module from "
            "images to features."
        )
    return network.eval().requires_grad_(False)


def _find_factory(name: str) -> Callable[[], Any]:
    module, _, factory = name.partition(":")
    if not module or not factory:
        raise ValueError(
            f"features {name!r} are unknown; give one of {', '.join(FEATURES)}, or MODULE:FACTORY "
            "of your own."
        )
    return load_factory(name)
