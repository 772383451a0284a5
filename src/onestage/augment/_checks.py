"""What an augmentation asks of its policy and of its images, in one sentence each."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from torch import Tensor


def check_names(policy: str, names: Sequence[str], known: Sequence[str]) -> None:
    """Raise `ValueError` for a policy that is empty, unknown in part, or says a name twice."""
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"choose from {', '.join(known)}."
            raise ValueError(f"policy={policy!r} names {name!r}, which is not known; {hint}")
    if len(set(names)) != len(names):
        raise ValueError(f"policy={policy!r} names one thing twice; name each once.")
    if not names:
        raise ValueError(f"policy={policy!r} names nothing; choose from {', '.join(known)}.")


def split_names(policy: str) -> list[str]:
    """The names between the commas."""
    return [name.strip() for name in policy.split(",") if name.strip()]


def check_images(images: Tensor) -> None:
    """Raise `ValueError` unless `images` is a tensor [B, C, H, W] of floating point."""
    if images.ndim != 4 or not images.is_floating_point():
        raise ValueError(
            f"images of shape {list(images.shape)} and type {images.dtype} cannot be augmented; "
            "give [batch, channels, height, width] of floating point, in [-1, 1]."
        )


def check_colours(images: Tensor) -> None:
    """Raise `ValueError` unless `images` are grey or RGB."""
    if images.shape[1] not in (1, 3):
        raise ValueError(
            f"images with {images.shape[1]} channels have no hue; give grey (1) or RGB (3), or "
            "leave c out of the policy."
        )
