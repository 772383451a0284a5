"""Domain adaptation as a `Step`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from onestage.apps.adaptation._adaptation import DomainAdaptation
from onestage.apps.adaptation._collapse import CollapseWatch
from onestage.apps.adaptation._config import AdaptConfig
from onestage.apps.adaptation._control import Control
from onestage.apps.adaptation._domains import Domains
from onestage.apps.adaptation._examiner import Examiner
from onestage.apps.adaptation._result import AdaptationResult
from onestage.apps.adaptation._schedule import annealed
from onestage.data import build_loader
from onestage.training import (
    FirstFault,
    Memory,
    StepState,
    derive_seed,
    gradient_norm,
    seed_after,
    seeded,
    step_if,
)


class AdaptationStep:
    """One iteration of an adaptation at a time; build it with `build_adaptation`.

    The seed decides everything random in it; no global random state is read or left changed.

    Args:
        config: the settings.
        domains: the data.
        game: the networks and the rules.
        control: a copy that learns from the source alone, or None.
        device: where the networks are.

    Attributes:
        count: iterations done.
        batch_size: images of both domains per iteration.
        collapsed: whether an evaluation found the classes falling apart.
        on_collapse: called when one does.
    """

    def __init__(
        self,
        config: AdaptConfig,
        domains: Domains,
        game: DomainAdaptation,
        control: Control | None,
        device: torch.device,
    ) -> None:
        self.config = config
        self.domains = domains
        self.game = game
        self.count = 0
        self.batch_size = 2 * config.batch_size
        self.collapsed = False
        self.on_collapse: Callable[[], None] = lambda: None
        self._control = control
        self._device = device
        self._examiner = Examiner(domains, game, control, device)
        self._watch = CollapseWatch()
        self._strategy = "none yet"
        self._seed, self._returns = config.seed, 0
        self._batches: Iterator[tuple[Tensor, Tensor, Tensor]] | None = None
        learner = nn.ModuleDict({"features": game.features, "classifier": game.classifier})
        self._learner, self._opponent = learner, game.domain_discriminator
        betas, d_rate = (config.beta1, config.beta2), config.discriminator_learning_rate
        self._optimizers: dict[str, Optimizer] = {
            "features": Adam(learner.parameters(), config.learning_rate, betas, fused=True),
            "discriminator": Adam(self._opponent.parameters(), d_rate, betas, fused=True),
        }

    def step(self) -> dict[str, Tensor]:
        """One iteration: a batch of each domain, both optimisers, the control."""
        if self._batches is None:
            self._batches = self._endless()
        batch = next(self._batches)
        config = self.config
        rates = (config.learning_rate, config.discriminator_learning_rate)
        for optimizer, rate in zip(self._optimizers.values(), rates, strict=True):
            _set_rate(optimizer, annealed(rate, self.count, config.steps))
        measured = self._play(batch)
        if self._control is not None:
            rate = annealed(config.learning_rate, self.count, config.steps)
            with seeded(self._seed, f"control {self.count}", self._device):
                self._control.step(*batch[:2], rate)
        self.count += 1
        return measured

    def diagnose(self) -> str:
        """Where, in one more iteration, the first value comes from that is not finite."""
        batch = next(self._endless())
        fault = FirstFault(
            features=self.game.features,
            classifier=self.game.classifier,
            discriminator=self._opponent,
        )
        return fault(lambda: self._play(batch))

    def draw(self, path: Path) -> None:
        """Held-out features of both domains in their principal plane: before, and after.

        Before are those of the control, which learnt from the source alone; without a control
        there is only the one panel.
        """
        self._examiner.draw(path)

    def evaluate(self) -> dict[str, Any]:
        """Accuracies on held-out images, of the classifier and of D; the target's if it has labels.

        `source_accuracy`, `target_accuracy`, `domain_accuracy` (0.5 is aligned, as far as this D
        can tell), `classes_predicted` on the target, `collapsed`, and the control's accuracies.
        """
        record = self._examiner.examine(self.config.evaluate_samples)
        if self._watch.look(record["source_accuracy"], record["classes_predicted"]):
            self.collapsed = True
            if self.config.stop_on_collapse:
                self.on_collapse()
        return {**record, "collapsed": self.collapsed}

    def notes(self) -> list[str]:
        """See `Step`."""
        return []

    def facts(self) -> dict[str, str]:
        """The objective and how the features got their gradient."""
        conditional = self.config.conditional
        objective = self.config.objective + ("" if conditional == "none" else f", {conditional}")
        return {"objective": objective, "strategy": self._strategy}

    def explain(self) -> str:
        """What is done, why, and what it costs."""
        return self.game.explain()

    def draw_anew(self, returns: int) -> None:
        """See `Step`; the images come in another order."""
        self._seed, self._returns = seed_after(returns, self.config.seed), returns
        self._batches = None

    def state(self) -> StepState:
        """See `Step`."""
        for optimizer in self._optimizers.values():
            optimizer.zero_grad()  # by which the game knows that a fused step is done
        extra: dict[str, Any] = {
            "count": self.count,  # also the place in the order of the images
            "returns": self._returns,
            "game": self.game.state_dict(),
            "watch": self._watch.state_dict(),
            "collapsed": self.collapsed,
            **{name: optimizer.state_dict() for name, optimizer in self._optimizers.items()},
        }
        if self._control is not None:
            extra["control"] = self._control.optimizer.state_dict()
        return StepState({name: n.state_dict() for name, n in self._networks().items()}, extra)

    def load_state(self, state: StepState) -> None:
        """See `Step`."""
        for name, network in self._networks().items():
            network.load_state_dict(state.weights.get(name, {}))
        for name, optimizer in self._optimizers.items():
            optimizer.load_state_dict(state.extra[name])
        if self._control is not None:
            self._control.optimizer.load_state_dict(state.extra["control"])
        self.game.load_state_dict(state.extra["game"])
        self._watch.load_state_dict(state.extra["watch"])
        self.collapsed = state.extra["collapsed"]
        self.count = state.extra["count"]
        self.draw_anew(state.extra.get("returns", 0))  # older versions have none

    def _play(self, batch: tuple[Tensor, Tensor, Tensor]) -> dict[str, Tensor]:
        memory = Memory(self._learner, self._opponent)
        for optimizer in self._optimizers.values():
            optimizer.zero_grad()
        with seeded(self._seed, f"step {self.count}", self._device):
            result = self.game.backward(*batch)
        norms = {
            "features_grad_norm": gradient_norm(self._learner.parameters()),
            "discriminator_grad_norm": gradient_norm(self._opponent.parameters()),
        }
        finite = result.finite & torch.stack(list(norms.values())).isfinite().all()
        step_if(finite, *self._optimizers.values())
        memory.restore_unless(finite)
        self._strategy = result.strategy
        return {**_measured(result), **norms, "finite": finite}

    def _endless(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Batches of both domains from the present count on."""
        config, pinned = self.config, self._device.type == "cuda"
        loaders = [
            build_loader(
                part,
                config.batch_size,
                seed=derive_seed(self._seed, domain),
                start=self.count,
                workers=config.workers,
                labels=domain == "source",
                pin_memory=pinned,
            )
            for domain, part in (("source", self.domains.source), ("target", self.domains.target))
        ]
        for (source, labels), target in zip(*loaders, strict=True):
            yield self._to_device(source), self._to_device(labels), self._to_device(target)

    def _to_device(self, batch: Tensor) -> Tensor:
        return batch.to(self._device, non_blocking=True)

    def _networks(self) -> dict[str, nn.Module]:
        """All that has weights, by its name in a checkpoint."""
        networks = {**dict(self._learner.items()), "discriminator": self._opponent}
        return networks | ({} if self._control is None else self._control.networks())


def _set_rate(optimizer: Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate


def _measured(result: AdaptationResult) -> dict[str, Tensor]:
    return {
        "discriminator_loss": result.domain_loss,
        "generator_loss": result.adversarial_loss,
        "classification_loss": result.classification_loss,
        "domain_accuracy": result.domain_accuracy,
        "source_accuracy": result.source_accuracy,
        "weight": result.weight,
        "gradient_penalty": result.gradient_penalty,
    }
