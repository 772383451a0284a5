"""The running mean of D's logits, one for each head."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from onestage._processes import mean_over_processes


class RunningMean:
    """An exponential mean of the batches' means, without the bias of its start.

    A sum and the sum of its weights are kept, both tensors [H]: their quotient is a weighted mean
    of what was seen, and 0 before anything was. A head whose mean is not finite in a batch (a
    step that a gradient scaler skips) is left as it was. Nothing makes the host wait.

    Args:
        decay: how much of the past each batch leaves.
    """

    def __init__(self, decay: float) -> None:
        self._decay = decay
        self.state: Tensor | None = None  # [2, H]: sums, weights

    def values(self, heads: Sequence[Tensor]) -> list[Tensor]:
        """The mean for each of these heads, 0-dim, like them in dtype and device.

        Raises:
            ValueError: if the heads are not as many as before.
        """
        if not heads:
            raise ValueError(
                "The penalty found no logits in what the discriminator returned. Choose them by "
                "the loss's `logits=`."
            )
        sums, weights = self._state_for(heads)
        return list((sums / weights.clamp_min(torch.finfo(weights.dtype).tiny)).unbind())

    def update(self, heads: Sequence[Tensor]) -> None:
        """Take in one batch's logits, detached; of all processes, as many in each."""
        means = mean_over_processes(torch.stack([head.mean() for head in heads]))
        both = torch.stack([means, torch.ones_like(means)])
        old = self._state_for(heads)
        moved = self._decay * old + (1 - self._decay) * both
        self.state = torch.where(torch.isfinite(means), moved, old)

    def _state_for(self, heads: Sequence[Tensor]) -> Tensor:
        if self.state is None:
            return heads[0].new_zeros((2, len(heads)))
        if self.state.shape[1] != len(heads):
            raise ValueError(
                f"The penalty keeps running means of {self.state.shape[1]} heads, and the "
                f"discriminator returned {len(heads)}. Use one penalty for each discriminator."
            )
        return self.state.to(heads[0])
