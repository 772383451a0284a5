"""Ways to spend one cycle of k student steps: one stage, two stages, and the controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from onestage._frozen import frozen
from onestage.apps.distillation._distillation import DataFreeDistillation
from onestage.apps.distillation._result import DistillationResult
from onestage.apps.distillation._seen import Seen

Draw = Callable[[], Tensor]
Measured = dict[str, Tensor]


class Move(Protocol):
    """Steps optimisers by the gradients that are there, unless something is not finite."""

    def __call__(self, finite: Tensor, *optimizers: Optimizer) -> Tensor:
        """Step all of them, or none; takes and returns whether all was finite, 0-dim bool."""


def always(finite: Tensor, *optimizers: Optimizer) -> Tensor:
    """A `Move` that trusts the gradients."""
    for optimizer in optimizers:
        optimizer.step()
    return finite


class Method(Protocol):
    """One way to play a cycle."""

    def cycle(self, draw: Draw) -> Measured:
        """K student steps and what goes with them; 0-dim tensors, none of them read."""

    def facts(self) -> dict[str, str]:
        """What a person may want to know of it."""


class OneStageMethod:
    """K - 1 student steps without a graph of the generator, then one backward for both.

    Args:
        game: the distillation.
        student: its optimiser.
        generator: its optimiser.
        move: how they step.
    """

    def __init__(
        self,
        game: DataFreeDistillation,
        student: Optimizer,
        generator: Optimizer,
        move: Move = always,
    ) -> None:
        self._game, self._student, self._generator, self._move = game, student, generator, move

    def cycle(self, draw: Draw) -> Measured:
        """See `Method`."""
        alone = [self._student_step(draw) for _ in range(self._game.student_steps - 1)]
        self._student.zero_grad()
        self._generator.zero_grad()
        result = self._game.backward(draw())
        finite = self._move(result.finite, self._student, self._generator)
        return summary([*alone, replace(result, finite=finite)])

    def facts(self) -> dict[str, str]:
        """See `Method`."""
        return {"strategy": self._game.explain().splitlines()[0].removeprefix("strategy: ")}

    def _student_step(self, draw: Draw) -> DistillationResult:
        self._student.zero_grad()
        result = self._game.student_backward(draw())
        return replace(result, finite=self._move(result.finite, self._student))


class StudentAlone:
    """The controls: the same student steps on noise, or on data.

    Args:
        game: the distillation; its generator is not run.
        student: its optimiser.
        samples: gives a batch, which `draw` is not asked for.
        move: how it steps.
    """

    def __init__(
        self,
        game: DataFreeDistillation,
        student: Optimizer,
        samples: Draw,
        move: Move = always,
    ) -> None:
        self._game, self._student, self._samples, self._move = game, student, samples, move

    def cycle(self, draw: Draw) -> Measured:
        """See `Method`."""
        results = []
        for _ in range(self._game.student_steps):
            self._student.zero_grad()
            result = self._game.student_backward_on(self._samples())
            results.append(replace(result, finite=self._move(result.finite, self._student)))
        return summary(results)

    def facts(self) -> dict[str, str]:
        """See `Method`."""
        return {"strategy": "none: no generator is trained"}


class TwoStage:
    """K student steps, then the generator's against the new student, in separate passes.

    Args:
        teacher: the teacher's own network.
        student: the student.
        generator: the generator.
        game: says what the losses are.
        student_optimizer: the student's.
        generator_optimizer: the generator's.
        reuse: whether the generator's step takes the samples of the last student step, with the
            teacher's logits of them, as a tuned code can; published code draws new ones.
        tuned: whether student steps leave out the graphs of generator and teacher, and the
            generator's step the weights of student and teacher. Published code does neither.
        move: how optimisers step.
    """

    def __init__(
        self,
        teacher: nn.Module,
        student: nn.Module,
        generator: nn.Module,
        game: DataFreeDistillation,
        student_optimizer: Optimizer,
        generator_optimizer: Optimizer,
        *,
        reuse: bool,
        tuned: bool,
        move: Move = always,
    ) -> None:
        if reuse and not tuned:
            raise ValueError("Samples are only reused where the method is tuned; give tuned=True.")
        self._teacher, self._student, self._generator = teacher, student, generator
        self._game = game
        self._optimizers = (student_optimizer, generator_optimizer)
        self._reuse, self._tuned, self._move = reuse, tuned, move

    def cycle(self, draw: Draw) -> Measured:
        """See `Method`."""
        k = self._game.student_steps
        alone = k - 1 if self._reuse else k
        measured = [self._student_stage(draw) for _ in range(alone)]
        self._optimizers[1].zero_grad()
        fake = self._generator(draw())
        seen = self._game.look(fake, trained=not self._tuned)
        if self._reuse:
            measured.append(self._student_step(fake.detach(), seen.logits.detach()))
        moves, moved = self._generator_stage(fake, seen)
        losses = torch.stack([value for value, _ in measured])
        finite = torch.stack([moved, *(flag for _, flag in measured)]).all()
        return {"student_loss": losses.mean(), **moves, "finite": finite}

    def facts(self) -> dict[str, str]:
        """See `Method`."""
        return {"strategy": "none: two stages"}

    def _student_stage(self, draw: Draw) -> tuple[Tensor, Tensor]:
        with torch.set_grad_enabled(not self._tuned):
            fake = self._generator(draw())
            teacher = self._game.teacher if self._tuned else self._teacher
            logits = teacher(fake.detach())
        return self._student_step(fake.detach(), logits.detach())

    def _student_step(self, fake: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
        student_optimizer = self._optimizers[0]
        student_optimizer.zero_grad()
        loss = self._game.discrepancy.distance(self._student(fake), logits)
        loss.backward()
        return loss.detach(), self._move(loss.detach().isfinite(), student_optimizer)

    def _generator_stage(self, fake: Tensor, seen: Seen) -> tuple[Measured, Tensor]:
        which = self._game.discrepancy
        others, values = self._game.extra_loss(seen)
        with frozen(self._student.parameters() if self._tuned else ()):
            loss = which.phi(which.distance(self._student(fake), seen.logits))
            total = loss if others is None else loss + others
            total.backward()
        if not self._tuned:
            self._teacher.zero_grad()  # published code leaves gradients there
        moved = self._move(total.detach().isfinite(), self._optimizers[1])
        return {"generator_loss": loss.detach(), **values}, moved


def summary(steps: Sequence[DistillationResult]) -> Measured:
    """The mean of the student's losses over a cycle, and what the last step adds."""
    last = steps[-1]
    measured: dict[str, Any] = {
        "student_loss": torch.stack([step.student_loss for step in steps]).mean(),
        "finite": torch.stack([step.finite for step in steps]).all(),
        **last.extras,
    }
    if last.generator_loss is not None:
        measured["generator_loss"] = last.generator_loss
    return measured
