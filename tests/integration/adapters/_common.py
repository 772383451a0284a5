"""One small game in float64, played by every kind of loop, and what each must end with."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim import SGD

from onestage.optim import JointOptimizer
from onestage.penalties import R1, R2, Penalty
from onestage.testing import reference_gradients

ROOT = Path(__file__).parents[3]
STEPS, BATCH, LATENT, SAMPLE = 3, 8, 2, 4
CLIP_NORMS = (0.05, None)  # D's is always at work


@dataclass(frozen=True)
class Scenario:
    """A loss, the strategy asked for, micro-batches per update, and penalties at every step."""

    loss: str
    strategy: str = "auto"
    accumulate: int = 1
    penalties: tuple[Penalty, ...] = ()


SCENARIOS = {
    "reversal": Scenario("minimax"),
    "ratio": Scenario("hinge", "ratio"),
    "dual": Scenario("hinge", "dual"),
    "joint": Scenario("relativistic"),
    "accumulated": Scenario("hinge", accumulate=2),
    "penalties": Scenario("hinge", accumulate=2, penalties=(R1(1.0), R2(0.5))),
}


def build() -> tuple[nn.Module, nn.Module]:
    """G and D, the same ones every time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        generator = nn.Sequential(nn.Linear(LATENT, 8), nn.Tanh(), nn.Linear(8, SAMPLE))
        discriminator = nn.Sequential(
            nn.Linear(SAMPLE, 8), nn.LeakyReLU(0.2), nn.Linear(8, 2), nn.Tanh(), nn.Linear(2, 1)
        )
    return generator.double(), nn.Sequential(*discriminator, nn.Flatten(0)).double()


def optimizers(generator: nn.Module, discriminator: nn.Module) -> JointOptimizer:
    """SGD for both: what it ends with is as near to the truth as its gradients."""
    return JointOptimizer(
        SGD(discriminator.parameters(), lr=0.2), SGD(generator.parameters(), lr=0.1)
    )


def batches(accumulate: int = 1, rank: int = 0, world_size: int = 1) -> list[tuple[Tensor, Tensor]]:
    """(real, z) for every micro-batch, or this process's share of each."""
    random = torch.Generator().manual_seed(1)
    shape = (STEPS * accumulate, BATCH)
    real = torch.randn(*shape, SAMPLE, generator=random, dtype=torch.float64)
    latent = torch.randn(*shape, LATENT, generator=random, dtype=torch.float64)
    mine = slice(rank * BATCH // world_size, (rank + 1) * BATCH // world_size)
    return [(x[mine], z[mine]) for x, z in zip(real, latent, strict=True)]


def weights(generator: nn.Module, discriminator: nn.Module) -> list[float]:
    """All of both players' weights."""
    parameters = [*discriminator.parameters(), *generator.parameters()]
    return torch.cat([p.detach().flatten() for p in parameters]).tolist()


def expected(scenario: Scenario) -> Tensor:
    """What two separate stages at the same weights end with, in one process on whole batches."""
    generator, discriminator = build()
    joint = optimizers(generator, discriminator)
    for index, (real, latent) in enumerate(batches(scenario.accumulate), start=1):
        found = reference_gradients(
            discriminator,
            scenario.loss,
            real,
            generator(latent),
            penalties=scenario.penalties,
            scale=1 / scenario.accumulate,
        )
        for parameter, gradient in {**found.discriminator, **found.generator}.items():
            before = parameter.grad
            parameter.grad = gradient if before is None else before + gradient
        if index % scenario.accumulate == 0:
            joint.clip_grad_norms_(*CLIP_NORMS)
            joint.step()
            joint.zero_grad()
    return torch.tensor(weights(generator, discriminator), dtype=torch.float64)


def assert_same(found: list[float], scenario: Scenario) -> None:
    """Both players' weights are the expected ones to 1e-12."""
    truth = expected(scenario)
    start = torch.tensor(weights(*build()), dtype=torch.float64)
    error = torch.linalg.vector_norm(torch.tensor(found, dtype=torch.float64) - truth)
    assert error <= 1e-12 * torch.linalg.vector_norm(truth - start)


class Reductions:
    """Counts the all-reduces of a distributed wrapper, and does them."""

    def __init__(self, wrapper: DistributedDataParallel) -> None:
        self.count = 0
        wrapper.register_comm_hook(None, self.hook)

    def hook(self, _: None, bucket: torch.distributed.GradBucket) -> torch.futures.Future[Tensor]:
        """The mean over all processes."""
        self.count += 1
        return mean_over_processes(bucket.buffer())


def mean_over_processes(buffer: Tensor) -> torch.futures.Future[Tensor]:
    """An all-reduce under way."""
    buffer /= torch.distributed.get_world_size()
    work = torch.distributed.all_reduce(buffer, async_op=True)
    return work.get_future().then(lambda future: future.value()[0])


def launch(script: str, folder: Path) -> dict:
    """What rank 0 of two processes under torchrun writes with `report`."""
    path = folder / "report.json"
    here = Path(__file__).parent
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*command, str(here / script), str(path)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(path.read_text())


def report(found: dict) -> None:
    """Rank 0's answer to `launch`."""
    if int(os.environ["RANK"]) == 0:
        Path(sys.argv[1]).write_text(json.dumps(found))
