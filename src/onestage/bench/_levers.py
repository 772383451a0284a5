"""The best settings of a device, lever by lever, each kept only where it pays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch

from onestage.bench._contenders import Step
from onestage.bench._measure import Clock, interleaved_times
from onestage.bench._options import Settings
from onestage.bench._ratios import ratio_with_interval

_WARMUP = 5  # compilers and graphs take the first calls to prepare


@dataclass(frozen=True)
class Lever:
    """What one lever did, held against the best settings before it.

    Attributes:
        name: what was changed.
        ratio: median time without it, over that with it; None where it could not be pulled.
        kept: whether it is part of the best settings.
        reason: why it could not be pulled, or "".
    """

    name: str
    ratio: float | None
    kept: bool
    reason: str = ""


def pull_levers(
    build: Callable[[Settings], Step],
    device: torch.device,
    *,
    rounds: int,
    clock: Clock,
    compile_too: bool,
) -> tuple[Settings, list[Lever]]:
    """The settings that measured best, and what every lever did."""
    best, levers = Settings(), []
    for name, change in _changes(device, compile_too).items():
        tried = replace(best, **change)
        try:
            ratio, low, reason = _gain(build, best, tried, device, rounds, clock)
        except Exception as error:  # whatever a compiler or a capture may raise
            said = (str(error).splitlines() or [type(error).__name__])[0]
            levers.append(Lever(name, None, kept=False, reason=said))
            continue
        kept = low > 1 and not reason  # more than the noise
        levers.append(Lever(name, None if reason else ratio, kept, reason))
        best = tried if kept else best
    return best, levers


def _changes(device: torch.device, compile_too: bool) -> dict[str, dict[str, Any]]:
    changes: dict[str, dict[str, Any]] = {
        "bf16 autocast": {"precision": "bf16"},
        "channels_last": {"memory_format": "channels_last"},
        "fused Adam": {"fused": True},
    }
    if compile_too:
        changes["torch.compile"] = {"compiled": True}
    if device.type == "cuda":
        changes["CUDA graph"] = {"captured": True}
    return changes


def _gain(
    build: Callable[[Settings], Step],
    before: Settings,
    after: Settings,
    device: torch.device,
    rounds: int,
    clock: Clock,
) -> tuple[float, float, str]:
    """What the lever brings, at least brings, and why it was not pulled: a graph falls back."""
    steps = {"before": build(before), "after": build(after)}
    times = interleaved_times(steps, rounds=rounds, warmup=_WARMUP, device=device, clock=clock)
    ratio, low, _ = ratio_with_interval(times["before"], times["after"])
    return ratio, low, getattr(steps["after"], "reason", None) or ""
