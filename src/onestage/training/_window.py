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

    def all_finite(self) -> bool:
        """Whether every `finite` that was added is true; waits for the device."""
        flags = self._values.get("finite")
        return flags is None or bool(_stack(flags).all())

    def flush(self) -> dict[str, float]:
        """The mean of each name over the steps that had it; the window is empty afterwards."""
        if not self._values:
            return {}
        means = [_stack(values).double().mean() for values in self._values.values()]
        names = list(self._values)
        self._values = {}
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
