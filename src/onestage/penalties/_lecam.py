"""LeCam: each side's logits stay near the running mean of the other side's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from torch import Tensor

from onestage._tree import Tree, tensors
from onestage.penalties._base import Branch, Side, check_penalty
from onestage.penalties._running_mean import RunningMean


@dataclass(frozen=True, eq=False)
class LeCam:
    """LeCam (Tseng et al., CVPR 2021): weight (E (r - a_f)^2 + E (f - a_r)^2).

    a_r and a_f are running means of D's logits on real and fake samples, constants, as they were
    *before* this step; each head has its own, and terms are added over the heads. They move once
    for each call that succeeds, also where the penalty is not due: each of n accumulated
    micro-batches moves them, as in the authors' BigGAN code. The processes of a distributed run
    share them. They are means without bias from the second step on, as in the authors' StyleGAN2
    code, and 0 at the first. They are saved with the game, and an instance serves one
    discriminator.

    The authors' code differs from their formula: it takes E relu(r - a_f)^2 + E relu(a_r - f)^2,
    which lets D be on the wrong side of a mean for nothing, and means that contain this step.

    The term belongs to L_D alone, so that no loss's reversal holds with it: one stage takes the
    ratio, the shared penalty or the dual instead, and there it costs nothing.

    Args:
        weight: the paper's lambda.
        decay: of the running means.
        every: apply on every k-th optimiser step of D, k times as strong.

    Raises:
        ValueError: for a negative weight, an interval below 1 or a decay outside [0, 1).
    """

    name: ClassVar[str] = "lecam"
    branch: ClassVar[Branch] = "outputs"

    weight: float
    decay: float = 0.99
    every: int = 1
    _means: dict[Side, RunningMean] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        check_penalty(self.weight, self.every)
        if not 0 <= self.decay < 1:
            raise ValueError(f"decay={self.decay}: it is a number from 0 to below 1.")
        self._means["real"], self._means["fake"] = RunningMean(self.decay), RunningMean(self.decay)

    def of_logits(self, side: Side, logits: Tree) -> Tensor:
        """The weighted mean of (logits - the other side's mean)^2, summed over heads, a scalar."""
        heads = tensors(logits)
        anchors = self._means["fake" if side == "real" else "real"].values(heads)
        terms = [(head - a).square().mean() for head, a in zip(heads, anchors, strict=True)]
        return self.weight * sum(terms[1:], terms[0])

    def commit(self, real_logits: Tree, fake_logits: Tree) -> None:
        """Move both means towards this batch's."""
        self._means["real"].update(tensors(real_logits))
        self._means["fake"].update(tensors(fake_logits))

    def state_dict(self) -> dict[str, Any]:
        """Each side's sums and weights, [2, H]; None before the first step."""
        return {side: mean.state for side, mean in self._means.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        for side, mean in self._means.items():
            mean.state = state[side]
