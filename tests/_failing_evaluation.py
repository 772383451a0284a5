"""Processes of a run whose evaluation fails in the first one."""

from pathlib import Path

import torch
from torch import nn

from onestage.training import (
    RunFolder,
    SilentReporter,
    StepState,
    StopRequest,
    Trainer,
    World,
    build_config,
)

STEPS = 4


class Game:
    """Counts; its evaluation fails in the first process, and the others measure nothing."""

    batch_size = 1

    def __init__(self, world: World) -> None:
        self.count = 0
        self.network = nn.Linear(1, 1)
        self._world = world

    def step(self) -> dict[str, torch.Tensor]:
        self.count += 1
        return {"finite": torch.tensor(True)}

    def draw(self, path: Path) -> None:
        pass

    def notes(self) -> list[str]:
        return []

    def evaluate(self) -> None:
        if self._world.is_first:
            raise ValueError("it has no spread")

    def state(self) -> StepState:
        self._world.most(self.count)  # all take part, as where shares are put together
        return StepState({"network": self.network.state_dict()}, {"count": self.count})


def work(rank: int, size: int, folder: Path) -> None:
    """Train; write down how it ended."""
    world = World(rank, size, rank)
    config = build_config({"steps": STEPS, "evaluate_every": 2, "checkpoint_every": 0})
    run = RunFolder(folder / "run")
    if world.is_first:
        RunFolder.create(run.path, config)
    try:
        Trainer(Game(world), config, run, world).run(StopRequest(), SilentReporter())
    except ValueError as error:
        (folder / f"ended-{rank}").write_text(str(error))
