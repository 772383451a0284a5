"""Measurements on their way to the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


class MetricWindow:
    """Collects 0-dim tensors of many steps and reads their means all at once.

    Reading a tensor makes the host wait for the device, so it is not done at every step.
    """

    def __init__(self) -> None:
        self._values: dict[str, list[Tensor]] = {}

    def __len__(self) -> int:
        return max(map(len, self._values.values()), default=0)

    def add(self, measured: Mapping[str, Tensor]) -> None:
        """Keep what one step measured; a name may be absent from some steps."""
        for name, value in measured.items():
            self._values.setdefault(name, []).append(value.detach())

    def flags(self) -> list[bool]:
        """Every `finite` that was added, in order; waits for the device."""
        found = self._values.get("finite")
        return [] if found is None else [bool(flag) for flag in _stack(found).tolist()]

    def flush(self) -> dict[str, float]:
        """The mean of each name's finite values, NaN where there are none; empties the window.

        `finite` is left out.
        """
        names = [name for name in self._values if name != "finite"]
        means = [_finite_mean(_stack(self._values[name])) for name in names]
        self._values = {}
        if not means:
            return {}
        return dict(zip(names, _stack(means).tolist(), strict=True))

    def state_dict(self) -> dict[str, Any]:
        """What was added and not yet flushed."""
        return {name: _stack(values).cpu() for name, values in self._values.items()}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over what `state_dict` gave."""
        self._values = {name: list(stacked.unbind()) for name, stacked in state.items()}


def _stack(values: list[Tensor]) -> Tensor:
    """One tensor, where the newest value is: those of a checkpoint come from the CPU."""
    return torch.stack([value.to(values[-1].device) for value in values])


def _finite_mean(values: Tensor) -> Tensor:
    values = values.double()
    return torch.where(values.isfinite(), values, torch.nan).nanmean()
