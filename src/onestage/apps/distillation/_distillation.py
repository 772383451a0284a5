"""`DataFreeDistillation`: a student's and a generator's gradients from one backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from onestage import JointLoss, OneStage, StepResult
from onestage._tree import Tree, map_tensors
from onestage.apps.distillation._attention import AttentionTransfer, attentions, find_layers
from onestage.apps.distillation._discrepancies import Discrepancy, as_discrepancy
from onestage.apps.distillation._extras import Activation, BatchNormStatistics, Extra, weighted_sum
from onestage.apps.distillation._teacher import Teacher
from onestage.engine._cotangents import at_least_float32, evaluate

Network = Callable[[Tensor], Tensor]


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


class DataFreeDistillation:
    """A student learns a teacher on what a generator makes, without data.

    The student minimises L_S = D(S(x), T(x)) on x = G(z), and G maximises it. Both gradients come
    from one forward and one backward of each network: the pair (x, T(x)) is the generator's, whose
    graph goes through the teacher as well, and L_G's gradient at both is a declared multiple of
    L_S's. Gradients are *added* to `.grad`; the teacher's `.grad` is never touched.
    Nothing is kept between steps.

    Args:
        teacher: a trained network in eval mode, from samples to logits [B, K]; it must be
            differentiable by its input. Its weights need not be frozen.
        student: the network that learns, from samples to logits of the same shape.
        generator: from latents to samples.
        discrepancy: a name of `DISCREPANCIES`, or a `Discrepancy`.
        student_steps: k, the student's steps per cycle; the generator moves with the last.
        extras: further terms of L_G, of what the teacher shows (DFQ, DAFL).
        attention: a further term of L_S alone (ZSKT).
        adversarial_weight: weighs L_G's adversarial term; 0 leaves the extras alone to train G,
            which is DAFL.

    Raises:
        ValueError: for a teacher in train mode, an unknown discrepancy, k below 1, two extras of
            one name, a weight below 0, or nothing that would train the generator.
    """

    def __init__(
        self,
        teacher: Network,
        student: Network,
        generator: Network,
        *,
        discrepancy: str | Discrepancy = "l1",
        student_steps: int = 1,
        extras: Sequence[Extra] = (),
        attention: AttentionTransfer | None = None,
        adversarial_weight: float = 1.0,
    ) -> None:
        self.discrepancy = as_discrepancy(discrepancy)
        self.student_steps = student_steps
        self.teacher = Teacher(teacher)
        self._student = student
        self._generator = generator
        self._extras = tuple(extras)
        self._attention = attention
        self._weight = adversarial_weight
        self._check_options()
        self._layers: tuple[list[Any], list[Any]] = ([], [])
        if attention is not None:
            self._layers = (
                find_layers(student, attention.student_layers, "student"),
                find_layers(teacher, attention.teacher_layers, "teacher"),
            )
        self._latest: Tensor | None = None  # L_S, which the reversal may be a function of
        self._rules = self._loss()
        self._game = OneStage(self._compare, self._rules)

    def backward(self, latents: Tensor, *, scale: float | Tensor = 1.0) -> DistillationResult:
        """Add both players' gradients of one batch to `.grad`.

        Args:
            latents: what the generator takes, [B, ...].
            scale: multiplies all gradients, as in `OneStage.backward`.

        Raises:
            ValueError: for a generator whose samples are detached, a teacher that is in train
                mode or not differentiable, logits of different shapes, or what `OneStage.backward`
                refuses. `.grad` is then as it was.
        """
        self.teacher.check_mode()
        with torch.enable_grad():
            fake = self._generator(latents)
            _check_attached(fake)
            with attentions(self._layers[1]) as maps:
                seen = self.teacher.look(fake, **self._wanted())
            others, values = weighted_sum(self._extras, seen)
            if not self._weight:
                return self._apart(fake, seen.logits, maps, others, values, scale)
            result = self._game.backward(
                None,
                (fake, seen.logits),
                fake_args=self._arguments(maps),
                generator_weight=self._weight,
                generator_loss=others,
                scale=scale,
            )
        return _result(result, values)

    def student_backward(
        self, latents: Tensor, *, scale: float | Tensor = 1.0
    ) -> DistillationResult:
        """Add the student's gradients alone; neither the generator nor the teacher has a graph.

        Args and raises as `backward`.
        """
        self.teacher.check_mode()
        with torch.no_grad():
            samples = self._generator(latents)
        return self.student_backward_on(samples, scale=scale)

    def student_backward_on(
        self, samples: Tensor, *, scale: float | Tensor = 1.0
    ) -> DistillationResult:
        """The same on samples that are there, such as noise or data (the controls)."""
        with torch.no_grad(), attentions(self._layers[1]) as maps:
            logits = self.teacher(samples)
        return self._student_alone(samples.detach(), logits, maps, {}, scale)

    def cycle(
        self,
        draw: Callable[[], Tensor],
        student_optimizer: Optimizer,
        generator_optimizer: Optimizer,
    ) -> DistillationResult:
        """K - 1 steps of the student alone, then one of both.

        Args:
            draw: gives latents, new ones at each call.
            student_optimizer: over the student's parameters.
            generator_optimizer: over the generator's.

        Returns:
            The last step's result.
        """
        for _ in range(self.student_steps - 1):
            student_optimizer.zero_grad()
            self.student_backward(draw())
            student_optimizer.step()
        student_optimizer.zero_grad()
        generator_optimizer.zero_grad()
        result = self.backward(draw())
        student_optimizer.step()
        generator_optimizer.step()
        return result

    def explain(self) -> str:
        """Which strategy is taken, why, and what it costs; D stands for the student."""
        if not self._weight:
            return "strategy: none needed, as no term of the generator's looks at the student"
        return self._game.explain()

    def _apart(
        self,
        fake: Tensor,
        logits: Tensor,
        maps: Sequence[Tensor],
        others: Tensor | None,
        values: dict[str, Tensor],
        scale: float | Tensor,
    ) -> DistillationResult:
        """DAFL: nothing of the generator's loss goes through the student."""
        assert others is not None
        result = self._student_alone(fake.detach(), logits.detach(), maps, values, scale)
        (others * scale).backward()
        return replace(result, finite=result.finite & others.detach().isfinite())

    def _student_alone(
        self,
        samples: Tensor,
        logits: Tensor,
        maps: Sequence[Tensor],
        extras: dict[str, Tensor],
        scale: float | Tensor,
    ) -> DistillationResult:
        """A plain step: no gradient at the samples, so nothing for the engine to save."""
        with torch.enable_grad():
            outputs = self._compare((samples, logits), *self._arguments(maps))
            wide = map_tensors(at_least_float32, outputs)
            loss = evaluate("The student's loss", self._rules.discriminator_loss, None, wide)
            (loss * scale).backward()
        return DistillationResult(
            loss.detach(),
            None,
            extras,
            student_logits=outputs[0].detach(),
            teacher_logits=logits,
            finite=loss.detach().isfinite(),
            strategy="student",
        )

    def _compare(self, pair: Tree, *attention_of_teacher: Tensor) -> Tree:
        """What the engine takes for D: the student's logits beside the teacher's."""
        samples, teacher_logits = pair
        with attentions(self._layers[0]) as maps:
            logits = self._student(samples)
        if logits.shape != teacher_logits.shape:
            raise ValueError(
                f"The student gives logits of shape {list(logits.shape)}, the teacher "
                f"{list(teacher_logits.shape)}: they cannot be compared. Build the student with "
                "the teacher's number of classes."
            )
        return logits, teacher_logits, tuple(maps), attention_of_teacher

    def _loss(self) -> JointLoss:
        which, attention = self.discrepancy, self._attention

        def student(_: Tree, outputs: Any) -> Tensor:
            s, t, ours, theirs = outputs
            value = which.distance(s, t)
            self._latest = value.detach()
            return value if attention is None else value + attention.distance(ours, theirs)

        def generator(_: Tree, outputs: Any) -> Tensor:
            return which.phi(which.distance(*outputs[:2]))

        slope = which.slope
        if attention is not None:
            return JointLoss(student, generator)
        return JointLoss(student, generator, slope if isinstance(slope, float) else self._slope)

    def _slope(self) -> Tensor:
        assert callable(self.discrepancy.slope) and self._latest is not None
        return self.discrepancy.slope(self._latest)

    def _arguments(self, maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
        return tuple(x.detach() for x in maps)

    def _wanted(self) -> dict[str, bool]:
        return {
            "moments": any(isinstance(x, BatchNormStatistics) for x in self._extras),
            "features": any(isinstance(x, Activation) for x in self._extras),
        }

    def _check_options(self) -> None:
        if self.student_steps < 1:
            raise ValueError(f"student_steps is {self.student_steps}: it must be at least 1.")
        names = [extra.name for extra in self._extras]
        if len(set(names)) != len(names):
            raise ValueError(f"Two extras have the same name: {', '.join(names)}.")
        if not self._weight >= 0:
            raise ValueError(f"adversarial_weight is {self._weight}: it must be 0 or more.")
        if not self._weight and not self._extras:
            raise ValueError(
                "Nothing would train the generator: adversarial_weight is 0 and there are no "
                "extras. Give DAFL's, dafl_extras(), or a weight above 0."
            )


def _check_attached(fake: Any) -> None:
    if not (isinstance(fake, Tensor) and fake.requires_grad):
        raise ValueError(
            "The generator's samples are detached or no tensor, so it cannot be trained. Look for "
            "a detach() or no_grad() in it, or frozen weights."
        )


def _result(step: StepResult, extras: dict[str, Tensor]) -> DistillationResult:
    outputs: Any = step.fake_outputs
    return DistillationResult(
        step.discriminator_loss,
        step.generator_loss,
        extras,
        student_logits=outputs[0],
        teacher_logits=outputs[1],
        finite=step.finite,
        strategy=step.strategy,
    )
