"""`DataFreeDistillation`: a student's and a generator's gradients from one backward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from onestage import OneStage, StepResult
from onestage.apps.distillation._attention import AttentionTransfer, attentions
from onestage.apps.distillation._comparison import Comparison
from onestage.apps.distillation._discrepancies import Discrepancy, as_discrepancy
from onestage.apps.distillation._extras import Activation, BatchNormStatistics, Extra, weighted_sum
from onestage.apps.distillation._result import DistillationResult
from onestage.apps.distillation._seen import Seen
from onestage.apps.distillation._teacher import Teacher

Network = Callable[[Tensor], Tensor]


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
        self._generator = generator
        self._extras = tuple(extras)
        self._weight = adversarial_weight
        self._check_options()
        self._comparison = Comparison(student, teacher, self.discrepancy, attention)
        self._game = OneStage(self._comparison.compare, self._comparison.rules)

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
            with attentions(self._comparison.teacher_layers) as maps:
                seen = self.look(fake)
            others, values = self.extra_loss(seen)
            if not self._weight:
                return self._apart(fake, seen.logits, maps, others, values, scale)
            result = self._game.backward(
                None,
                (fake, seen.logits),
                fake_args=_detached(maps),
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
        with torch.no_grad(), attentions(self._comparison.teacher_layers) as maps:
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

    def look(self, samples: Tensor, *, trained: bool = False) -> Seen:
        """The teacher on the generator's samples, with what the extras look at.

        Args:
            samples: attached.
            trained: as in `Teacher.look`.

        Raises:
            ValueError: as `backward`.
        """
        return self.teacher.look(
            samples,
            moments=any(isinstance(x, BatchNormStatistics) for x in self._extras),
            features=any(isinstance(x, Activation) for x in self._extras),
            trained=trained,
        )

    def extra_loss(self, seen: Seen) -> tuple[Tensor | None, dict[str, Tensor]]:
        """The extras with their weights, None where there are none; each without, detached."""
        return weighted_sum(self._extras, seen)

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
            outputs: Any = self._comparison.compare((samples, logits), *_detached(maps))
            loss = self._comparison.student_loss(outputs)
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


def _detached(maps: Sequence[Tensor]) -> tuple[Tensor, ...]:
    return tuple(x.detach() for x in maps)


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
