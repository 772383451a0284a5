"""One stage in Lightning: manual optimisation, one global step per batch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch.optim import Optimizer

from onestage._game import OneStage
from onestage._result import StepResult
from onestage._tree import Tree
from onestage.losses import LossLike
from onestage.optim import JointOptimizer
from onestage.penalties import AnyPenalty

try:
    from lightning.pytorch import LightningModule
    from lightning.pytorch.strategies import DDPStrategy, DeepSpeedStrategy, SingleDeviceStrategy
except ImportError as error:
    raise ImportError(
        "onestage.adapters.lightning needs Lightning: pip install 'onestage[lightning]'."
    ) from error

CHECKPOINT_KEY = "onestage"


class OneStageModule(LightningModule):
    """A `LightningModule` that plays a game in one stage.

        class GAN(OneStageModule):
            def __init__(self):
                super().__init__(Discriminator(), "hinge", penalties=[R1(1.0)])
                self.generator = Generator()

            def training_step(self, real, index):
                fake = self.generator(torch.randn(len(real), 100, device=self.device))
                step = self.one_stage_step(real, fake)
                self.log("loss_d", step.discriminator_loss)

            def configure_optimizers(self):
                return JointOptimizer(
                    Adam(self.discriminator.parameters()), Adam(self.generator.parameters())
                )

    Lightning counts every `step` of an optimiser as a global step and scales gradients for each
    optimiser by itself: hence the one joint optimiser. Precision plugins, callbacks on gradients,
    `DDPStrategy` with its options (`static_graph` excepted) and checkpoints work as they do
    elsewhere. Under DDP one reduction per step serves both players.

    A subclass that has an `on_before_optimizer_step`, `on_save_checkpoint` or `on_load_checkpoint`
    of its own calls `super()`'s in it.

    Args:
        discriminator: as in `OneStage`; kept as `self.discriminator`.
        loss: as in `OneStage`.
        penalties: as in `OneStage`.
        strategy: as in `OneStage`; Lightning's own strategy is the trainer's.
        clip_norms: the largest gradient norm for each optimiser of the joint one, in order; None
            in a place clips nothing there.
        accumulate: micro-batches per update. The last batch of an epoch always makes an update.

    Attributes:
        game: the `OneStage` that is played.

    Raises:
        ValueError: for fewer than one micro-batch, and what `OneStage` raises.
    """

    def __init__(
        self,
        discriminator: Callable[..., Tree],
        loss: LossLike,
        *,
        penalties: Sequence[AnyPenalty] = (),
        strategy: str = "auto",
        clip_norms: Sequence[float | None] | None = None,
        accumulate: int = 1,
    ) -> None:
        super().__init__()
        if accumulate < 1:
            raise ValueError(f"accumulate={accumulate}: an update needs a micro-batch or more.")
        self.automatic_optimization = False
        self.discriminator = discriminator
        self._announced = _Announced(discriminator)
        self.game = OneStage(self._announced, loss, penalties=penalties, strategy=strategy)
        self._clip_norms = clip_norms
        self._accumulate = accumulate
        self._micro_batches = 0

    def one_stage_step(self, real: Tree, fake: Tree, **options: Any) -> StepResult:
        """Backward for both players, and an update after the last of its micro-batches.

        Args:
            real: as in `OneStage.backward`.
            fake: as in `OneStage.backward`.
            options: as in `OneStage.backward`, without `scale`.

        Raises:
            ValueError: if the trainer's strategy or optimiser does not fit, and what
                `OneStage.backward` raises.
        """
        # Under DDP's search for unused parameters, G's are found behind the fake and its own terms.
        graphs = (fake, options.get("generator_loss"))
        return self._step(self.game.backward, real, fake, options, graphs=graphs)

    def critic_step(self, real: Tree, fake: Tree, **conditions: Any) -> StepResult:
        """The same for D alone; the fakes may be detached.

        It counts as a global step. Under DDP it leaves G's parameters unused, so that the trainer
        wants `strategy="ddp_find_unused_parameters_true"`.
        """
        return self._step(self.game.discriminator_backward, real, fake, conditions, graphs=None)

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Clip each player's gradients; the precision plugin has unscaled them."""
        if self._clip_norms is not None:
            assert isinstance(optimizer, JointOptimizer)
            scaler = getattr(self.trainer.precision_plugin, "scaler", None)
            if scaler is not None and optimizer._step_supports_amp_scaling:
                scaler.unscale_(optimizer)  # the plugin leaves that to fused optimisers
            optimizer.clip_grad_norms_(*self._clip_norms)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Add the game's state."""
        checkpoint[CHECKPOINT_KEY] = self.game.state_dict()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the game's state back, where there is one: a checkpoint may be of two stages."""
        if CHECKPOINT_KEY in checkpoint:
            self.game.load_state_dict(checkpoint[CHECKPOINT_KEY])

    def _step(
        self,
        play: Callable[..., StepResult],
        real: Tree,
        fake: Tree,
        options: dict[str, Any],
        graphs: Tree,
    ) -> StepResult:
        optimizer = self._joint_optimizer()
        self._micro_batches += 1
        is_update = self._micro_batches >= self._accumulate or self.trainer.is_last_batch
        plugin = self.trainer.precision_plugin
        one = torch.ones((), device=self.device)
        scaled = plugin.pre_backward(one, self)
        scale = (1.0 if scaled is one else scaled) / self._accumulate
        with self._announced.to(self._reducer(graphs) if is_update else None):
            step = play(real, fake, scale=scale, **options)
        plugin.post_backward(one, self)
        if is_update:
            optimizer.step()
            optimizer.zero_grad()
            self._micro_batches = 0
        return step

    def _reducer(self, graphs: Tree) -> Callable[[Tree], None]:
        """Makes DDP expect gradients, through D's outputs and `graphs`; else does nothing."""
        strategy: Any = self.trainer.strategy
        return lambda outputs: strategy.pre_backward((outputs, graphs))

    def _joint_optimizer(self) -> Any:
        strategy = self.trainer.strategy
        is_known = isinstance(strategy, (SingleDeviceStrategy, DDPStrategy))
        if not is_known or isinstance(strategy, DeepSpeedStrategy):
            raise ValueError(
                f"{type(strategy).__name__} shards or schedules gradients in its own way, which "
                "one stage does not know. Use one device or strategy='ddp'."
            )
        if getattr(strategy.model, "static_graph", False):
            raise ValueError(
                "DDPStrategy(static_graph=True) takes a step for one forward and one backward of "
                "each network; D runs on real and on fake samples. Leave it out."
            )
        optimizer: Any = self.optimizers()
        if not isinstance(getattr(optimizer, "optimizer", None), JointOptimizer):
            raise ValueError(
                "configure_optimizers must return one JointOptimizer(opt_d, opt_g): of two "
                "optimisers Lightning counts every step, and a gradient scaler may skip one alone."
            )
        return optimizer


class _Announced:
    """D, and the moment from which its gradients are final.

    Lightning wraps the whole module, not each network, in DDP, and leaves it to a manual loop to
    say when the reducer is to expect gradients. That is after D's real side, which the engine walks
    back inside `no_sync`, and before the walk that ends in D's parameters for the last time.
    """

    def __init__(self, discriminator: Callable[..., Tree]) -> None:
        self._discriminator = discriminator
        self._announce: Callable[[Tree], None] | None = None

    def __call__(self, *args: Tree) -> Tree:
        outputs = self._discriminator(*args)
        if self._announce is not None:
            self._announce(outputs)
        return outputs

    @contextlib.contextmanager
    def to(self, announce: Callable[[Tree], None] | None) -> Iterator[None]:
        """Announce every forward of this block; None for micro-batches that are not reduced."""
        before, self._announce = self._announce, announce
        try:
            yield
        finally:
            self._announce = before

    def no_sync(self) -> contextlib.AbstractContextManager[None]:
        """Announce nothing: further gradients follow."""
        return self.to(None)
