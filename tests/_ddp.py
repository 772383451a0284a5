"""Two processes that play one game; run by `tests/unit/engine/test_distributed.py`."""

from pathlib import Path

import torch
from tests._discriminators import CHANNELS, SIZE, Generator, batch_norm, group_norm
from tests._processes import leave
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from onestage import R1, OneStage
from onestage.engine._plan import agreed
from onestage.engine._probe import Coupling

GLOBAL_BATCH = 8
CASES = [
    (loss, strategy, penalised)
    for loss, strategy in (
        ("minimax", "reversal"),
        ("hinge", "ratio"),
        ("hinge", "dual"),
        ("relativistic", "ratio"),
        ("relativistic", "dual"),
    )
    for penalised in (False, True)
]


def players() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return group_norm().double(), Generator().double()


def samples() -> tuple[torch.Tensor, torch.Tensor]:
    """The global batch: images and latents, of two micro-batches."""
    torch.manual_seed(1)
    real = torch.randn(2, GLOBAL_BATCH, CHANNELS, SIZE, SIZE, dtype=torch.float64)
    return real, torch.randn(2, GLOBAL_BATCH, 5, dtype=torch.float64)


def worker(rank: int, world: int, folder: str) -> None:
    """Play every case and save the gradients of each process."""
    torch.set_num_threads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=world
    )
    found = [_gradients(rank, world, *case) for case in CASES]
    found.append(_refusal())
    found.append(_plans(rank))
    torch.save(found, Path(folder) / f"{rank}.pt")
    leave()


def _refusal() -> str:
    """What is said of a static graph."""
    wrapped = DistributedDataParallel(players()[0], static_graph=True)
    try:
        OneStage(lambda sample: wrapped(sample), "hinge")
    except ValueError as error:
        return str(error)
    return ""


def _gradients(rank: int, world: int, loss: str, strategy: str, penalised: bool) -> list:
    """Two steps: the second must not be spoilt by the first."""
    plain_d, plain_g = players()
    discriminator = DistributedDataParallel(plain_d)
    generator = DistributedDataParallel(plain_g)
    penalties = [R1(1.0)] if penalised else []
    game = OneStage(discriminator, loss, strategy=strategy, penalties=penalties)
    reals, latents = samples()
    mine = slice(rank * GLOBAL_BATCH // world, (rank + 1) * GLOBAL_BATCH // world)
    steps = []
    for real, latent in zip(reals, latents, strict=True):
        plain_d.zero_grad()
        plain_g.zero_grad()
        step = game.backward(real[mine], generator(latent[mine]))
        assert step.strategy == strategy
        steps.append([p.grad.clone() for p in (*plain_d.parameters(), *plain_g.parameters())])
    return steps


def _plans(rank: int) -> list[str]:
    """All processes take the most cautious answer of any."""
    mine = Coupling.COUPLED if rank == 1 else Coupling.INDEPENDENT
    taken = [agreed(mine, torch.device("cpu")).name]
    # The two processes differ: only the second one's BatchNorm is in train mode.
    discriminator, generator = batch_norm(), Generator()
    discriminator.train(rank == 1)
    game = OneStage(discriminator, "hinge")
    step = game.backward(torch.randn(4, CHANNELS, SIZE, SIZE), generator(torch.randn(4, 5)))
    return [*taken, step.strategy]
