"""What a network does, in a few numbers."""

from collections.abc import Sequence
from math import isclose

import torch
from torch import Generator, Tensor, nn

from onestage.metrics._features import extract_features

_WAVES = 4
_DIGITS = 4
_TOLERANCE = 0.02  # another machine, or TF32, differs by far less


def probe_network(network: nn.Module, channels: int, image_size: int) -> list[float]:
    """The features of one fixed image: their size, and how they lie along a few waves.

    Settings of a network that are no weights show here: they are in no hash of its state.

    Args:
        network: as for `extract_features`.
        channels: of the image.
        image_size: its height and width in pixels.

    Returns:
        Their root mean square, to five digits; then, over that, their mean with each of a few
        cosines, to four decimals.
    """
    noise = torch.rand(1, channels, image_size, image_size, generator=Generator().manual_seed(0))
    features = extract_features(network, 2 * noise - 1)[0]  # [F]
    size = features.square().mean().sqrt().item()
    # All features are zero: they lie along nothing.
    lie = [_along(features, wave) / size if size else 0.0 for wave in range(_WAVES)]
    return [float(f"{size:.{_DIGITS}e}"), *(round(value, _DIGITS) + 0.0 for value in lie)]


def probes_agree(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two are of networks that do the same."""
    if len(a) != len(b):
        return False
    (size, *lie), (other, *other_lie) = a, b
    pairs = zip(lie, other_lie, strict=True)
    return isclose(size, other, rel_tol=_TOLERANCE) and all(
        isclose(x, y, abs_tol=_TOLERANCE) for x, y in pairs
    )


def _along(features: Tensor, wave: int) -> float:
    places = torch.arange(len(features), dtype=features.dtype)
    return (features * torch.cos(wave * places)).mean().item()
