"""`OneStage`: both players' gradients from one forward and one backward each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from onestage._checks import (
    check_call,
    check_distributed,
    check_generator_loss,
    check_penalties,
)
from onestage._play_checks import (
    check_finite,
    check_generator_sees_fakes,
    check_reaches_generator,
    check_reduced,
    check_reversal,
    check_trainable,
)
from onestage._result import StepResult, step_result
from onestage._tree import Tree, detach, map_tensors
from onestage.engine import (
    Batch,
    Cycle,
    GradientGuard,
    OptimizerStepCounter,
    Planner,
    Referee,
    Sides,
    explain,
    generator_backward,
    pair_batches,
    root_modules,
)
from onestage.engine.strategies import STRATEGIES
from onestage.losses import LossLike, as_loss
from onestage.penalties import AnyPenalty, OutputPenalty


class OneStage:
    """A game of a discriminator against whatever makes its fakes, played in one stage.

    For every loss and discriminator the gradients are those of two separate backwards at the same
    weights: of L_D with the fakes detached for D, of L_G for the generator. They are *added* to
    `.grad`, as autograd does. The scheme is that of Shen et al., "Training Generative Adversarial
    Networks in One Stage", CVPR 2021, made exact where the paper's ratio is not.

    Args:
        discriminator: any callable from a sample (and conditions) to a tensor or a nested tuple,
            list or dict of tensors; batch first.
        loss: a name from `onestage.losses.LOSSES`; a `SeparableLoss` or `JointLoss`; a pair of
            functions `(d_loss(real_out, fake_out), g_loss(real_out, fake_out))`; or a triple
            `(d_real(real_out), d_fake(fake_out), g_loss(real_out, fake_out))`.
        penalties: terms of L_D that see D's input, such as `R1`, or its past outputs (`LeCam`).
        strategy: "auto" takes the cheapest one that is exact; "reversal", "ratio" or "dual" force
            one, or raise `ValueError` where it cannot be exact.

    Raises:
        ValueError: for an unknown loss or strategy, two penalties of one name, one that lacks what
            its branch asks for, or a `DistributedDataParallel` with `static_graph=True`.
    """

    def __init__(
        self,
        discriminator: Callable[..., Tree],
        loss: LossLike,
        *,
        penalties: Sequence[AnyPenalty] = (),
        strategy: str = "auto",
    ) -> None:
        if not callable(discriminator):
            raise ValueError(f"The discriminator must be callable, not {discriminator!r}.")
        self._discriminator = discriminator
        self._loss = as_loss(loss)
        self._penalties = tuple(penalties)
        check_penalties(self._penalties)
        self._modules = root_modules(discriminator)
        check_distributed(self._modules)
        self._planner = Planner(strategy, self._loss.reversal is not None, self._modules)
        self._counter = OptimizerStepCounter()
        self._cycle = Cycle()
        self._step = 0  # D's, at the call under way
        self._unchecked = {"discriminator", "generator", "reduction", "reversal"}

    def backward(
        self,
        real: Tree,
        fake: Tree,
        *,
        real_args: Sequence[Tree] = (),
        fake_args: Sequence[Tree] = (),
        generator_weight: float | Tensor = 1.0,
        generator_loss: Tensor | None = None,
        scale: float | Tensor = 1.0,
    ) -> StepResult:
        """Add both players' gradients to `.grad`.

        Args:
            real: the real batch, [B, ...] or a nested structure of such; None for a game without a
                real side.
            fake: what the generator returned, attached to its graph.
            real_args: conditions that D takes after the real sample; constants.
            fake_args: conditions that D takes after the fake sample; constants.
            generator_weight: weighs L_G's adversarial term.
            generator_loss: G's other terms (L1, perceptual, ...), a scalar. It never reaches D's
                parameters.
            scale: multiplies all gradients: 1/n for n accumulated micro-batches, or
                `GradScaler.scale(one)`. A float or a 0-dim tensor.

        Returns:
            The losses and outputs, detached and unscaled.

        Raises:
            ValueError: for a detached fake, a real that requires a gradient, a D that is frozen or
                whose output does not depend on the fake, a condition with which D fails for its
                number of rows, a penalty that lacks real samples or D's input gradient, outputs
                that a paired loss would broadcast, a loss that is no scalar, or not finite at the
                first call. `.grad` is then as it was, and so is what a loss or penalty learned.
        """
        check_call(self._loss, self._penalties, real, fake, real_args, fake_args, attached=True)
        check_generator_loss(generator_loss)
        with torch.enable_grad(), GradientGuard(self._modules) as guard:
            batches = pair_batches(real, real_args, fake, fake_args)
            result, gradients, sides = self._play(guard, batches, generator_weight, scale)
            if generator_loss is not None:
                result = result.and_finite(generator_loss)
            generator_backward(
                guard, fake, gradients, generator_loss, scale, sides.parameters, self._modules
            )
            self._finish(guard, sides)
        return result

    def gradients(
        self,
        real: Tree,
        fake: Tree,
        *,
        real_args: Sequence[Tree] = (),
        fake_args: Sequence[Tree] = (),
        generator_weight: float | Tensor = 1.0,
        scale: float | Tensor = 1.0,
    ) -> tuple[StepResult, Tree]:
        """Add D's gradients to `.grad`, and return the gradient of L_G at the fake.

        For adaptive weights, several discriminators or generators in one backward, or anything
        that is to be done with the gradient before `fake.backward(gradient)`; together with G's
        other terms that is `torch.autograd.backward([fake, loss], [gradient, None])`.

        Args and raises as `backward`.

        Returns:
            The result, and the gradient at every tensor of `fake`: 0 where D ignores it, None for
            one that requires none.
        """
        check_call(self._loss, self._penalties, real, fake, real_args, fake_args, attached=True)
        with torch.enable_grad(), GradientGuard(self._modules) as guard:
            batches = pair_batches(real, real_args, fake, fake_args)
            result, gradients, sides = self._play(guard, batches, generator_weight, scale)
            self._finish(guard, sides)
        found = iter(gradients)

        def at(sample: Tensor) -> Tensor | None:
            gradient = next(found)
            if not sample.requires_grad:
                return None  # a penalty may have wanted one
            return torch.zeros_like(sample) if gradient is None else gradient

        return result, map_tensors(at, fake)

    def discriminator_backward(
        self,
        real: Tree,
        fake: Tree,
        *,
        real_args: Sequence[Tree] = (),
        fake_args: Sequence[Tree] = (),
        scale: float | Tensor = 1.0,
    ) -> StepResult:
        """Add D's gradients alone to `.grad`; the fakes may be detached.

        Args and raises as `backward`.
        """
        check_call(self._loss, self._penalties, real, fake, real_args, fake_args, attached=False)
        with torch.enable_grad(), GradientGuard(self._modules) as guard:
            batches = pair_batches(real, real_args, fake, fake_args)
            sides = self._referee(guard, scale, input_gradient=False).run(*batches)
            self._check_sides(sides)
            sides.add_discriminator_gradients()
            guard.exchange()
            with torch.no_grad():
                g_loss = sides.generator_loss(self._loss)
            self._finish(guard, sides, generator=False)
        return step_result(sides, g_loss, "discriminator", [])

    def explain(self) -> str:
        """Which strategy is taken, why, what it costs, and what would be cheaper."""
        return explain(self._planner, self._penalties, self._cycle.critic_steps)

    def state_dict(self) -> dict[str, Any]:
        """What the next step depends on: D's optimiser steps, the loss's and penalties' state."""
        loss = self._loss.state
        return {
            "optimizer_steps": self._counter.current(),
            "loss": {} if loss is None else loss.state_dict(),
            "penalties": {penalty.name: penalty.state_dict() for penalty in self._learning()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where `state_dict` was taken; a penalty that it does not know begins anew."""
        self._counter = OptimizerStepCounter(state["optimizer_steps"])
        self._cycle = Cycle()
        if state["optimizer_steps"]:  # not a first call, whose loss has to be finite
            self._unchecked -= {"discriminator", "generator"}
        if self._loss.state is not None:
            self._loss.state.load_state_dict(state["loss"])
        for penalty in self._learning():
            if penalty.name in state.get("penalties", {}):
                penalty.load_state_dict(state["penalties"][penalty.name])

    def _learning(self) -> list[OutputPenalty]:
        return [penalty for penalty in self._penalties if isinstance(penalty, OutputPenalty)]

    def _referee(
        self, guard: GradientGuard, scale: float | Tensor, *, input_gradient: bool
    ) -> Referee:
        self._step = self._counter.current()
        due = [penalty for penalty in self._penalties if self._step % penalty.every == 0]
        return Referee(
            self._discriminator,
            self._modules,
            self._loss,
            [penalty for penalty in due if not isinstance(penalty, OutputPenalty)],
            [penalty for penalty in due if isinstance(penalty, OutputPenalty)],
            scale,
            guard,
            input_gradient,
        )

    def _play(
        self,
        guard: GradientGuard,
        batches: tuple[Batch | None, Batch],
        weight: float | Tensor,
        scale: float | Tensor,
    ) -> tuple[StepResult, list[Tensor | None], Sides]:
        """D's gradients into `.grad`; returns G's at the fake, and what D said."""
        referee = self._referee(guard, scale, input_gradient=True)
        sides = referee.run(*batches)
        self._check_sides(sides)
        reverses = self._planner.takes_reversal(
            fake_penalty=bool(sides.fake.penalties), output_penalty=bool(referee.output_penalties)
        )
        weight = detach(weight)
        if reverses:
            g_loss, strategy = self._checked_reversal(sides, scale), STRATEGIES["reversal"]
            walk = sides.walk([], self._reversal() * weight)
        else:
            g_loss, g = sides.generator_terms(self._loss, scale * weight)
            check_generator_sees_fakes(g)
            self._check_first("generator", g_loss)
            walk = sides.walk(g, 1.0)
            strategy = self._planner.plan(walk).strategy
        gradients = strategy.gradients(walk)
        check_reaches_generator(gradients)
        guard.exchange()  # while G's backward goes on
        return step_result(sides, g_loss, strategy.name, gradients, walk.g), gradients, sides

    def _checked_reversal(self, sides: Sides, scale: float | Tensor) -> Tensor:
        """L_G, detached; until it has told something, its derivative is held against L_D's."""
        if "reversal" not in self._unchecked:
            with torch.no_grad():
                return sides.generator_loss(self._loss)
        loss, g = sides.generator_terms(self._loss, scale)
        told = check_reversal(sides.f, g, self._reversal())
        self._check_first("generator", loss)
        if told:  # last, so that a call that was refused is checked again when it is tried again
            self._unchecked.discard("reversal")
        return loss

    def _reversal(self) -> float | Tensor:
        """The declared reversal, read now."""
        reversal = self._loss.reversal
        assert reversal is not None
        return reversal() if callable(reversal) else reversal

    def _check_sides(self, sides: Sides) -> None:
        check_trainable(self._modules, sides.parameters)
        if "reduction" in self._unchecked:
            check_reduced(self._modules, sides)
            self._unchecked.discard("reduction")
        self._check_first("discriminator", sides.loss)

    def _check_first(self, player: str, loss: Tensor) -> None:
        """Only the first call may make the host wait for a loss."""
        if player in self._unchecked:
            check_finite(f"The {player}'s loss", loss)
            self._unchecked.discard(player)

    def _finish(self, guard: GradientGuard, sides: Sides, *, generator: bool = True) -> None:
        """All gradients are there: let loss and penalties learn, and watch for D's next step."""
        if self._loss.commit is not None:
            self._loss.commit(sides.real_leaves, detach(sides.fake_leaves))
        for penalty in self._learning():
            real, fake = sides.real_leaves, detach(sides.fake_leaves)
            penalty.commit(self._loss.logits(real), self._loss.logits(fake))
        (self._cycle.both if generator else self._cycle.discriminator)(self._step)
        self._counter.watch(guard.held(sides.parameters))
