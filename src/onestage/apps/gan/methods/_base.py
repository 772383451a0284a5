"""What the methods have in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from onestage.apps.gan._players import Batch


class Method(Protocol):
    """One way to update both players."""

    def update(self, batches: Sequence[Batch]) -> dict[str, Tensor]:
        """One iteration: D is updated on each batch, G with the last.

        Returns:
            Detached 0-dim tensors: `discriminator_loss`, `generator_loss` (without penalties),
            `real_score`, `fake_score` (D's mean outputs), each penalty, both players'
            `*_grad_norm`, and `finite`: where it is false the players have not moved.
        """

    def facts(self) -> dict[str, str]:
        """What a person may want to know of it."""

    def state_dict(self) -> dict[str, Any]:
        """What it keeps between iterations."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""


def mean_of(parts: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of what the equal parts of a batch measured; `finite` if all of them are."""
    parts = list(parts)
    if len(parts) == 1:
        return dict(parts[0])
    joined = {name: torch.stack([part[name] for part in parts]) for name in parts[0]}
    return {
        name: values.all() if values.dtype == torch.bool else values.mean()
        for name, values in joined.items()
    }
