"""A GAN as a `Step`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from onestage.apps.gan._optimizers import load_optimizer, set_learning_rate
from onestage.apps.gan._players import Batch, Players
from onestage.apps.gan._task import Task
from onestage.apps.gan.methods import Method
from onestage.augment import AdaptiveAugment
from onestage.training import (
    ExponentialMovingAverage,
    FirstFault,
    StepState,
    TrainConfig,
    derive_seed,
    seed_after,
    seeded,
)


class GANStep:
    """One iteration of a GAN at a time; build it with `onestage.apps.build_game`.

    The seed decides everything random in it; no global random state is read or left changed. All
    that an iteration draws (dropout, augmentation, penalties' points) is a function of the seed and
    of the iteration's number; a run that has gone back draws as from another seed.

    Args:
        task: what is learnt.
        players: the game.
        method: how it is played.
        ema: the average of the generator.
        latents: the random state that `players.fake` draws from.
        generator: G as it is, not as processes share it.
        discriminator: D as it is, without its augmentation.
        augmentation: what D's input goes through, or None.
        common: what several processes draw alike from, or None.

    Attributes:
        config: the settings, with what the data decided filled in.
        task: what is learnt.
        generator: the network that is trained.
        discriminator: its opponent.
        ema: the average of the generator; samples come from it.
        count: iterations done.
        batch_size: real samples per iteration.
    """

    def __init__(
        self,
        task: Task,
        players: Players,
        method: Method,
        ema: ExponentialMovingAverage[nn.Module],
        latents: torch.Generator,
        generator: nn.Module,
        discriminator: nn.Module,
        augmentation: nn.Module | None,
        common: torch.Generator | None = None,
    ) -> None:
        self.config: TrainConfig = task.config
        self.task = task
        self.generator = generator
        self.discriminator = discriminator
        self.ema = ema
        self.count = 0
        self.batch_size = task.config.batch_size
        self._players = players
        self._method = method
        self._latents = latents
        self._augmentation = augmentation
        self._common = common
        self._seed, self._returns = task.config.seed, 0
        self._device = next(generator.parameters()).device
        self._batches: Iterator[Batch] | None = None

    def step(self) -> dict[str, Tensor]:
        """One iteration: real samples, both players' updates, the average.

        Returns:
            0-dim tensors by name, as `Method.update` says; reading them is up to the caller.
        """
        config, players = self.config, self._players
        if self._batches is None:
            self._batches = self.task.batches(self.count * config.critic_steps)
        set_learning_rate(players.generator_optimizer, config.generator, self.count)
        set_learning_rate(players.discriminator_optimizer, config.discriminator, self.count)
        measured = self._play(list(islice(self._batches, config.critic_steps)))
        if isinstance(self._augmentation, AdaptiveAugment):
            measured["augment_p"] = self._augmentation.p.clone()
        self.ema.update(self.generator, self.count)
        self.count += 1
        return measured

    def diagnose(self) -> str:
        """Where, in one more iteration, the first value comes from that is not finite."""
        batches = list(islice(self.task.batches(self.count * self.config.critic_steps), 1))
        # A replay runs no hooks: a recording is dropped.
        self._method.load_state_dict(self._method.state_dict())
        fault = FirstFault(generator=self.generator, discriminator=self.discriminator)
        # What is compiled runs no hooks of the layers inside it.
        eager = torch.compiler.set_stance("force_eager") if self.config.compile else nullcontext()
        with eager:
            return fault(lambda: self._play(batches * self.config.critic_steps))

    def draw(self, path: Path) -> None:
        """Write a picture of what the averaged generator makes, from the same noise every time."""
        with self._players.sharing.whole_weights(self.ema.module):
            if self._players.world.is_first:
                self.task.draw(self.ema.module, path)

    def evaluate(self) -> dict[str, Any] | None:
        """Metrics of the averaged generator, as `Task.evaluate` says; in the first process."""
        with self._players.sharing.whole_weights(self.ema.module):
            first = self._players.world.is_first
            return self.task.evaluate(self.ema.module) if first else None

    def facts(self) -> dict[str, str]:
        """The method and what it has to say."""
        return {"method": self.config.method, **self._method.facts()}

    def notes(self) -> list[str]:
        """See `Step`."""
        notes = getattr(self._method, "notes", None)
        return [] if notes is None else notes()

    def explain(self) -> str:
        """What the method does, why, and what it costs."""
        explain = getattr(self._method, "explain", None)
        return explain() if explain is not None else self._method.facts()["strategy"]

    def draw_anew(self, returns: int) -> None:
        """See `Step`; the order of the samples stays."""
        self._set_returns(returns)
        self._latents.manual_seed(derive_seed(self._seed, "latents"))

    def state(self) -> StepState:
        """See `Step`."""
        players = self._players
        weights = {name: network.state_dict() for name, network in self._networks().items()}
        gather = players.sharing.gather
        return StepState(
            weights=gather({name: state for name, state in weights.items() if state}),
            extra={
                "count": self.count,  # also the place in the order of the samples
                "returns": self._returns,
                "latents": self._latents.get_state(),
                "generator_optimizer": gather(players.generator_optimizer.state_dict()),
                "discriminator_optimizer": gather(players.discriminator_optimizer.state_dict()),
                "method": self._method.state_dict(),
            },
        )

    def load_state(self, state: StepState) -> None:
        """See `Step`."""
        players, extra = self._players, state.extra
        for name, network in self._networks().items():
            players.sharing.load_network(network, state.weights.get(name, {}))
        for name, network in (("generator", self.generator), ("discriminator", self.discriminator)):
            saved, own = extra[f"{name}_optimizer"], list(network.parameters())
            optimizer = getattr(players, f"{name}_optimizer")
            load_optimizer(optimizer, players.sharing.scatter(saved, own))
        self._method.load_state_dict(extra["method"])
        self._latents.set_state(extra["latents"])
        self.count = extra["count"]
        self._set_returns(extra.get("returns", 0))  # older versions have none
        self._batches = None

    def _play(self, batches: list[Batch]) -> dict[str, Tensor]:
        seed, stream, rank = self._seed, f"step {self.count}", self._players.world.rank
        if self._common is not None:
            # As one process's global generator; what layers draw, each process draws by itself.
            self._common.manual_seed(derive_seed(seed, stream))
            stream = f"{stream} rank {rank}"
        with seeded(seed, stream, self._device):
            return self._method.update(batches)

    def _set_returns(self, returns: int) -> None:
        self._seed, self._returns = seed_after(returns, self.config.seed), returns

    def _networks(self) -> dict[str, nn.Module]:
        """All that has weights or buffers, by its name in a checkpoint."""
        networks = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "generator_ema": self.ema.module,
        }
        if self._augmentation is not None:
            networks["augmentation"] = self._augmentation
        return networks
