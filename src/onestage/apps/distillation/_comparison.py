"""The student beside the teacher, as the engine sees a discriminator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from onestage import JointLoss
from onestage._dtypes import at_least_float32
from onestage._tree import Tree, map_tensors
from onestage.apps.distillation._attention import AttentionTransfer, attentions, find_layers
from onestage.apps.distillation._discrepancies import Discrepancy
from onestage.engine import evaluate


class Comparison:
    """Both networks' logits of a pair (x, T(x)), and what the players want of them.

    Args:
        student: the student.
        teacher: the teacher's network, in which layers are looked up.
        discrepancy: L_S without attention, and L_G of it.
        attention: a further term of L_S alone; the two losses are then no multiples.

    Attributes:
        teacher_layers: those whose attentions `compare` takes.
        rules: both losses, for `OneStage`.

    Raises:
        ValueError: for layers that a network does not have.
    """

    def __init__(
        self,
        student: Callable[[Tensor], Tensor],
        teacher: Callable[[Tensor], Tensor],
        discrepancy: Discrepancy,
        attention: AttentionTransfer | None,
    ) -> None:
        self._student = student
        self._discrepancy = discrepancy
        self._attention = attention
        self._student_layers: list[Any] = []
        self.teacher_layers: list[Any] = []
        if attention is not None:
            self._student_layers = find_layers(student, attention.student_layers, "student")
            self.teacher_layers = find_layers(teacher, attention.teacher_layers, "teacher")
        self._latest: Tensor | None = None  # L_S, which the reversal may be a function of
        slope = discrepancy.slope if isinstance(discrepancy.slope, float) else self._slope
        reversal = slope if attention is None else None
        self.rules = JointLoss(self._student_loss, self._generator_loss, reversal)

    def compare(self, pair: Tree, *attention_of_teacher: Tensor) -> Tree:
        """The student's logits, the teacher's, and the attentions of both."""
        samples, teacher_logits = pair
        with attentions(self._student_layers) as maps:
            logits = self._student(samples)
        if logits.shape != teacher_logits.shape:
            raise ValueError(
                f"The student gives logits of shape {list(logits.shape)}, the teacher "
                f"{list(teacher_logits.shape)}: they cannot be compared. Build the student with "
                "the teacher's number of classes."
            )
        return logits, teacher_logits, tuple(maps), attention_of_teacher

    def student_loss(self, outputs: Tree) -> Tensor:
        """L_S of what `compare` gave, as the engine takes it: at least in float32."""
        wide = map_tensors(at_least_float32, outputs)
        return evaluate("The student's loss", self.rules.discriminator_loss, None, wide)

    def _student_loss(self, _: Tree, outputs: Any) -> Tensor:
        s, t, ours, theirs = outputs
        value = self._discrepancy.distance(s, t)
        self._latest = value.detach()
        return value if self._attention is None else value + self._attention.distance(ours, theirs)

    def _generator_loss(self, _: Tree, outputs: Any) -> Tensor:
        return self._discrepancy.phi(self._discrepancy.distance(*outputs[:2]))

    def _slope(self) -> Tensor:
        assert callable(self._discrepancy.slope) and self._latest is not None
        return self._discrepancy.slope(self._latest)
