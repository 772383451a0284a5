"""What a step of a distillation saw."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


@dataclass(frozen=True)
class DistillationResult:
    """What one step saw: detached, unscaled, without making the host wait.

    Attributes:
        student_loss: L_S with its attention term, 0-dim.
        generator_loss: L_G's adversarial term, 0-dim; None where the student moved alone.
        extras: the generator's other terms by name, without their weights.
        student_logits: [B, K].
        teacher_logits: [B, K].
        finite: whether losses and gradients were, 0-dim bool.
        strategy: "reversal", "dual" (with attention), or "student": the student alone.
    """

    student_loss: Tensor
    generator_loss: Tensor | None
    extras: dict[str, Tensor] = field(default_factory=dict)
    student_logits: Tensor = field(kw_only=True)
    teacher_logits: Tensor = field(kw_only=True)
    finite: Tensor = field(kw_only=True)
    strategy: str = field(kw_only=True)
