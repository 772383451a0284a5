"""A distillation as a `Step`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from onestage.apps._evaluating import evaluating
from onestage.apps.distillation._config import DistillationConfig
from onestage.apps.distillation._distillation import DataFreeDistillation
from onestage.apps.distillation._evaluate import BATCH, compare, diversity
from onestage.apps.distillation._images import LabelledImages
from onestage.apps.distillation._methods import Method
from onestage.report import write_grid
from onestage.training import (
    FirstFault,
    Memory,
    StepState,
    derive_seed,
    gradient_norm,
    seed_after,
    seeded,
    seeded_generator,
    step_if,
)

_SHOWN = 64


class DistillationStep:
    """One cycle of a distillation at a time; build it with `build_distillation`.

    Args:
        config: the settings.
        game: teacher, student and generator.
        student: the student.
        generator: the generator.
        optimizers: the student's and the generator's.
        method: how a cycle is played.
        latents: the random state that noise comes from.
        images: what is evaluated on.

    Attributes:
        config: the settings.
        student: the network that learns.
        generator: what it learns on; untouched by the controls.
        count: cycles done.
        batch_size: samples that the student sees per cycle.
    """

    def __init__(
        self,
        config: DistillationConfig,
        game: DataFreeDistillation,
        student: nn.Module,
        generator: nn.Module,
        optimizers: tuple[Optimizer, Optimizer],
        method: Method,
        latents: torch.Generator,
        images: LabelledImages,
    ) -> None:
        self.config = config
        self.student = student
        self.generator = generator
        self.count = 0
        self.batch_size = config.batch_size * config.student_steps
        self._game = game
        self._optimizers = optimizers
        self._method = method
        self._latents = latents
        self._images = images
        self._seed, self._returns = config.seed, 0
        self._device = next(student.parameters()).device

    def step(self) -> dict[str, Tensor]:
        """One cycle; the losses, and `finite`."""
        rates = (self.config.student_learning_rate, self.config.generator_learning_rate)
        for optimizer, rate in zip(self._optimizers, rates, strict=True):
            for group in optimizer.param_groups:
                group["lr"] = rate * self._decay()
        memory = Memory(self.student, self.generator)
        measured = self._play()
        memory.restore_unless(measured["finite"])
        self.count += 1
        return measured

    def diagnose(self) -> str:
        """See `Step`."""
        return FirstFault(student=self.student, generator=self.generator)(self._play)

    def draw(self, path: Path) -> None:
        """A grid of what the student learns on, from the same noise every time."""
        write_grid(self._images.show(self._samples(_SHOWN)), path)

    def evaluate(self) -> dict[str, Any]:
        """Accuracy of student and teacher, their agreement, and the samples' diversity."""
        images, teacher = self._images, self._game.teacher
        samples = self._samples(self.config.evaluate_samples).to(self._device)
        with torch.no_grad():
            logits = torch.cat([teacher(part) for part in samples.split(BATCH)])
        return {
            **compare(self.student, teacher, images),
            **diversity(samples, logits),
            "num_images": len(images),
            "num_samples": len(samples),
        }

    def notes(self) -> list[str]:
        """See `Step`."""
        return []

    def facts(self) -> dict[str, str]:
        """The method and what it has to say."""
        k = self.config.student_steps
        return {"method": f"{self.config.method}, k={k}", **self._method.facts()}

    def explain(self) -> str:
        """What the method does, why, and what it costs."""
        if self.config.method in ("one-stage", "dafl"):
            return self._game.explain()
        return self._method.facts()["strategy"]

    def draw_anew(self, returns: int) -> None:
        """See `Step`."""
        self._set_returns(returns)
        self._latents.manual_seed(derive_seed(self._seed, "latents"))

    def state(self) -> StepState:
        """See `Step`."""
        student, generator = self._optimizers
        return StepState(
            weights={
                "student": self.student.state_dict(),
                "generator": self.generator.state_dict(),
            },
            extra={
                "count": self.count,
                "returns": self._returns,
                "latents": self._latents.get_state(),
                "student_optimizer": student.state_dict(),
                "generator_optimizer": generator.state_dict(),
            },
        )

    def load_state(self, state: StepState) -> None:
        """See `Step`."""
        self.student.load_state_dict(state.weights["student"])
        self.generator.load_state_dict(state.weights["generator"])
        student, generator = self._optimizers
        student.load_state_dict(state.extra["student_optimizer"])
        generator.load_state_dict(state.extra["generator_optimizer"])
        self._latents.set_state(state.extra["latents"])
        self.count = state.extra["count"]
        self._set_returns(state.extra.get("returns", 0))  # older versions have none

    def _play(self) -> dict[str, Tensor]:
        config = self.config

        def draw() -> Tensor:
            shape = (config.batch_size, config.latent_dim)
            return torch.randn(shape, generator=self._latents).to(self._device)

        with seeded(self._seed, f"step {self.count}", self._device):
            return self._method.cycle(draw)

    def _set_returns(self, returns: int) -> None:
        self._seed, self._returns = seed_after(returns, self.config.seed), returns

    def _decay(self) -> float:
        """The factor of both learning rates; a function of the count leaves no state."""
        if self.config.schedule == "constant":
            return 1.0
        return (1 + math.cos(math.pi * self.count / self.config.steps)) / 2

    @torch.no_grad()
    def _samples(self, count: int) -> Tensor:
        """The same noise through the generator as it stands, or what a control learns on."""
        config = self.config
        source = seeded_generator(config.seed, "samples")
        if config.method == "noise":
            shape = (count, config.channels, config.image_size, config.image_size)
            return torch.randn(shape, generator=source)
        if config.method == "data":
            return self._images.take(torch.randint(len(self._images), (count,), generator=source))
        latents = torch.randn(count, config.latent_dim, generator=source).to(self._device)
        with evaluating(self.generator):
            return torch.cat([self.generator(part) for part in latents.split(BATCH)])


def guarded_move(finite: Tensor, *optimizers: Optimizer) -> Tensor:
    """A `Move`: all optimisers step, or none where a loss or a gradient is not finite."""
    for optimizer in optimizers:
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        finite = finite & gradient_norm(parameters).isfinite()
    step_if(finite, *optimizers)
    return finite
