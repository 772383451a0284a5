"""Run by torchrun: Lightning's DDP over two processes."""

import os
import tempfile
from pathlib import Path

import torch
from lightning.pytorch.strategies import DDPStrategy
from tests._processes import leave
from tests.integration.adapters._common import (
    SCENARIOS,
    Scenario,
    batches,
    mean_over_processes,
    report,
    weights,
)
from tests.integration.adapters._lightning import Game, loader, trainer

RANK, SIZE = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])


class WithCritic(Game):
    """One update of D alone before each batch."""

    def training_step(self, batch, index):
        real, latent = batch
        self.critic_step(real, self.generator(latent))
        super().training_step(batch, index)


def play(scenario: Scenario, kind: type[Game] = Game, **strategy) -> dict:
    """Three updates."""
    buckets: list[int] = []

    def counting(_, bucket: torch.distributed.GradBucket):
        buckets.append(bucket.buffer().numel())
        return mean_over_processes(bucket.buffer())

    class Counted(kind):
        def on_train_start(self):
            # Lightning's own `ddp_comm_hook` acts on GPUs alone.
            self.trainer.strategy.model.register_comm_hook(None, counting)

    module = Counted(scenario)
    fit = trainer(
        Path(tempfile.mkdtemp()),
        devices=SIZE,
        strategy=DDPStrategy(process_group_backend="gloo", **strategy),
        use_distributed_sampler=False,
    )
    fit.fit(module, loader(batches(scenario.accumulate, RANK, SIZE)))
    return {
        "weights": weights(module.generator, module.discriminator),
        "reduced": sum(buckets),
        "reductions": len(buckets),
        "global_step": fit.global_step,
    }


def refusal() -> str:
    """What a static graph meets."""
    try:
        play(SCENARIOS["ratio"], static_graph=True)
    except ValueError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    found = {name: play(scenario) for name, scenario in SCENARIOS.items()}
    found["unused"] = play(SCENARIOS["ratio"], find_unused_parameters=True)
    found["critic"] = play(SCENARIOS["ratio"], WithCritic, find_unused_parameters=True)
    report({**found, "static": refusal()})
    leave()
