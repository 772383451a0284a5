"""One stage with Accelerate: one scaler, one optimiser, both networks prepared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from onestage._game import OneStage
from onestage._result import StepResult
from onestage._tree import Tree
from onestage.losses import LossLike
from onestage.optim import JointOptimizer
from onestage.penalties import AnyPenalty

try:
    from accelerate import Accelerator
    from accelerate.utils import DistributedType
except ImportError as error:
    raise ImportError(
        "onestage.adapters.accelerate needs Accelerate: pip install 'onestage[accelerate]'."
    ) from error

_KNOWN = (DistributedType.NO, DistributedType.MULTI_CPU, DistributedType.MULTI_GPU)


class AcceleratedGame:
    """A game that an `Accelerator` places, scales, accumulates and distributes.

        accelerator = Accelerator(mixed_precision="fp16", gradient_accumulation_steps=4)
        joint = JointOptimizer(Adam(discriminator.parameters()), Adam(generator.parameters()))
        game = AcceleratedGame(accelerator, generator, discriminator, joint, loss="hinge")
        loader = accelerator.prepare(loader)

        for real in loader:
            with game.accumulate():
                fake = game.generator(torch.randn(len(real), 100, device=accelerator.device))
                step = game.step(real, fake)

    Both networks get a distributed wrapper of their own, and each is reduced once per update. The
    game's state is registered for `accelerator.save_state`.

    Args:
        accelerator: with one process, or with several on CPUs or GPUs under plain DDP.
        generator: what makes the fakes; not prepared yet.
        discriminator: a module; not prepared yet.
        optimizer: over the parameters of both.
        loss: as in `OneStage`.
        penalties: as in `OneStage`.
        strategy: as in `OneStage`.
        clip_norms: the largest gradient norm for each optimiser of the joint one, in order; None
            in a place clips nothing there.

    Attributes:
        generator: the prepared generator.
        discriminator: the prepared discriminator.
        optimizer: the prepared joint optimiser: `optimizer.step_was_skipped` tells of overflow.
        game: the `OneStage` that is played.

    Raises:
        ValueError: for sharded training, an optimiser that is not joint, and what `OneStage`
            raises.
    """

    def __init__(
        self,
        accelerator: Accelerator,
        generator: nn.Module,
        discriminator: nn.Module,
        optimizer: JointOptimizer,
        *,
        loss: LossLike,
        penalties: Sequence[AnyPenalty] = (),
        strategy: str = "auto",
        clip_norms: Sequence[float | None] | None = None,
    ) -> None:
        _check(accelerator, optimizer)
        self._accelerator = accelerator
        self._joint = optimizer
        self._clip_norms = clip_norms
        self.generator, self.discriminator, self.optimizer = accelerator.prepare(
            generator, discriminator, optimizer
        )
        self.game = OneStage(self.discriminator, loss, penalties=penalties, strategy=strategy)
        accelerator.register_for_checkpointing(self.game)

    def accumulate(self) -> AbstractContextManager[None]:
        """`accelerator.accumulate` for both networks: around the fakes and the step."""
        return self._accelerator.accumulate(self.generator, self.discriminator)

    def step(self, real: Tree, fake: Tree, **options: Any) -> StepResult:
        """Backward for both players, and an update after the last of its micro-batches.

        Args:
            real: as in `OneStage.backward`.
            fake: as in `OneStage.backward`, from `self.generator`.
            options: as in `OneStage.backward`, without `scale`.

        Raises:
            ValueError: what `OneStage.backward` raises.
        """
        return self._step(self.game.backward, real, fake, options)

    def critic_step(self, real: Tree, fake: Tree, **conditions: Any) -> StepResult:
        """The same for D alone; the fakes may be detached."""
        return self._step(self.game.discriminator_backward, real, fake, conditions)

    def _step(
        self, play: Callable[..., StepResult], real: Tree, fake: Tree, options: dict[str, Any]
    ) -> StepResult:
        # D widens what it returns under Accelerate; the planner is to see the precision anyway.
        with self._accelerator.autocast():
            step = play(real, fake, scale=self._scale(), **options)
        if self._accelerator.sync_gradients:
            self._update()
        return step

    def _scale(self) -> float | Tensor:
        scaler, steps = self._accelerator.scaler, self._accelerator.gradient_accumulation_steps
        if scaler is None:
            return 1.0 / steps
        return scaler.scale(torch.ones((), device=self._accelerator.device)) / steps

    def _update(self) -> None:
        if self._clip_norms is not None:
            if self._accelerator.scaler is not None:
                self._accelerator.scaler.unscale_(self._joint)
            self._joint.clip_grad_norms_(*self._clip_norms)
        self.optimizer.step()
        self.optimizer.zero_grad()


def _check(accelerator: Accelerator, optimizer: JointOptimizer) -> None:
    if accelerator.distributed_type not in _KNOWN:
        raise ValueError(
            f"{accelerator.distributed_type} shards or schedules gradients in its own way, which "
            "one stage does not know. Use one process or plain DDP."
        )
    if not isinstance(optimizer, JointOptimizer):
        raise ValueError(
            f"The optimiser is {type(optimizer).__name__}: pass JointOptimizer(opt_d, opt_g), so "
            "that a gradient scaler steps or skips both players, before anything is prepared."
        )
