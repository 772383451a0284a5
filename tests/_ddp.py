"""Two processes that play one game; run by `tests/unit/engine/test_distributed.py`.

Each network in a `DistributedDataParallel`, or sharded by `fully_shard`.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from unittest import mock

import torch
from tests._discriminators import CHANNELS, SIZE, Generator, batch_norm, group_norm
from tests._processes import CAN_SHARD, reduce_scatters
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard
from torch.nn.parallel import DistributedDataParallel

from onestage import DRAGAN, R1, GradientPenalty, OneStage
from onestage.engine import _sharded
from onestage.engine._plan import agreed
from onestage.engine._probe import Coupling
from onestage.losses import gathered, relativistic_average

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
ACCUMULATED = [("wasserstein", "reversal"), ("hinge", "ratio"), ("relativistic", "dual")]


def players() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    return group_norm().double(), Generator().double()


def samples() -> tuple[torch.Tensor, torch.Tensor]:
    """The global batch: images and latents, of two micro-batches."""
    torch.manual_seed(1)
    real = torch.randn(2, GLOBAL_BATCH, CHANNELS, SIZE, SIZE, dtype=torch.float64)
    return real, torch.randn(2, GLOBAL_BATCH, 5, dtype=torch.float64)


def work(rank: int, world: int, folder: Path) -> None:
    """Play every case and save the gradients of each process."""
    found = {
        "ddp": [_gradients(rank, world, replicated, *case) for case in CASES],
        "ddp in parts": [_in_parts(rank, world, replicated, *case) for case in ACCUMULATED],
        "static": _refusal(),
        "plans": _plans(rank),
        "gathered": _gathered(rank, world),
        "alone": _alone(rank),
        "uneven": _uneven(rank),
        "reals alone": _reals_alone(rank),
    }
    if CAN_SHARD:
        found |= {
            "fsdp": [_gradients(rank, world, sharded, *case) for case in CASES],
            "fsdp in parts": [_in_parts(rank, world, sharded, *case) for case in ACCUMULATED],
            "lazy": _due_steps(rank, world),
            "undone": _undone(rank, world),
            "freed": _freed(rank, world),
            "idle": _beside_an_idle_one(rank, world),
            "otherwise": _left_to_itself(rank, world),
            "exchanges": _exchanges(rank, world),
            "whole": play_whole(rank, world, shard=True),
            "head of its own": _head_of_its_own(rank, world),
            "interrupted": [_interrupted(rank, world, policy) for policy in POLICIES],
        }
    torch.save(found, folder / f"{rank}.pt")


# Built before a process joins the others, as a module of Lightning's is.
GATHERED = gathered(relativistic_average())


def _gathered(rank: int, world: int) -> list[torch.Tensor]:
    """D's gradients of a loss of the statistics of the whole batch."""
    discriminator, generator = map(replicated, players())
    real, latents = _shares(rank, world)[0]
    OneStage(discriminator, GATHERED).backward(real, generator(latents))
    return [p.grad for p in (*discriminator.parameters(), *generator.parameters())]


def _refusal() -> str:
    """What is said of a static graph."""
    wrapped = DistributedDataParallel(players()[0], static_graph=True)
    try:
        OneStage(lambda sample: wrapped(sample), "hinge")
    except ValueError as error:
        return str(error)
    return ""


def replicated(network: nn.Module, *, twice: bool = False) -> nn.Module:
    """Whole in each process."""
    return DistributedDataParallel(network)


def sharded(network: nn.Module, *, twice: bool = False, **options) -> nn.Module:
    """A part of each weight in each process; `twice` for what penalties differentiate."""
    for part in (*network.children(), network):
        if any(True for _ in part.parameters()):
            mesh = init_device_mesh("cpu", (distributed.get_world_size(),))
            fully_shard(part, mesh=mesh, reshard_after_forward=not twice, **options)
    network.set_reshard_after_backward(not twice)
    return network


def _shares(rank: int, world: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """This process's rows of each micro-batch."""
    mine = slice(rank * GLOBAL_BATCH // world, (rank + 1) * GLOBAL_BATCH // world)
    return [(real[mine], latent[mine]) for real, latent in zip(*samples(), strict=True)]


def _whole(gradient: torch.Tensor) -> torch.Tensor:
    return gradient.full_tensor() if hasattr(gradient, "full_tensor") else gradient.clone()


def _gradients(
    rank: int, world: int, wrap: Callable, loss: str, strategy: str, penalised: bool
) -> list:
    """Two steps: the second must not be spoilt by the first."""
    plain_d, plain_g = players()
    discriminator, generator = wrap(plain_d, twice=penalised), wrap(plain_g)
    penalties = [R1(1.0)] if penalised else []
    game = OneStage(discriminator, loss, strategy=strategy, penalties=penalties)
    steps = []
    for real, latent in _shares(rank, world):
        plain_d.zero_grad()
        plain_g.zero_grad()
        step = game.backward(real, generator(latent))
        assert step.strategy == strategy
        steps.append([_whole(p.grad) for p in (*plain_d.parameters(), *plain_g.parameters())])
    return steps


def accumulate(
    game: OneStage,
    generator: nn.Module,
    parts: Sequence[tuple[torch.Tensor, torch.Tensor]],
    kept: contextlib.AbstractContextManager,
) -> None:
    """One step in two parts; the gradients of the first are kept for the exchange of the second."""
    (real, latent), (last_real, last_latent) = parts
    with kept:
        game.backward(real, generator(latent), scale=0.5)
    game.backward(last_real, generator(last_latent), scale=0.5)


def penalties() -> list:
    """Those with points, as all processes draw them."""
    alike = torch.Generator().manual_seed(7)
    return [GradientPenalty(1.0, generator=alike), DRAGAN(1.0, generator=alike), R1(1.0)]


@contextlib.contextmanager
def _kept(*networks: nn.Module) -> Iterator[None]:
    """As a loop of one's own tells networks to wait."""
    with contextlib.ExitStack() as stack:
        for network in networks:
            if isinstance(network, DistributedDataParallel):
                stack.enter_context(network.no_sync())
            else:
                network.set_requires_gradient_sync(False)
        yield
    for network in networks:
        if not isinstance(network, DistributedDataParallel):
            network.set_requires_gradient_sync(True)


def _in_parts(rank: int, world: int, wrap: Callable, loss: str, strategy: str) -> dict:
    """The gradients of a step in two parts, and how many exchanges of shards they took."""
    plain_d, plain_g = players()
    discriminator, generator = wrap(plain_d, twice=True), wrap(plain_g)
    game = OneStage(discriminator, loss, strategy=strategy, penalties=penalties())
    with reduce_scatters() as sent:
        kept = _kept(discriminator, generator)
        accumulate(game, generator, _shares(rank, world), kept)
    gradients = [_whole(p.grad) for p in (*plain_d.parameters(), *plain_g.parameters())]
    return {"gradients": gradients, "sent": sum(sent.values())}


def _left_to_itself(rank: int, world: int) -> list:
    """Every case, as with a PyTorch whose inside is not the one that is known."""
    with mock.patch.object(_sharded, "_USED", ("no_such_attribute",)):
        return [_gradients(rank, world, sharded, *case) for case in CASES]


def _exchanges(rank: int, world: int) -> list[int]:
    """Those of two steps: as the engine asks for them, and of an FSDP that is left to itself."""
    found = []
    for used in (_sharded._USED, ("no_such_attribute",)):
        with mock.patch.object(_sharded, "_USED", used), reduce_scatters() as sent:
            _gradients(rank, world, sharded, "hinge", "dual", False)
        found.append(sum(sent.values()))
    return found


POLICIES = [
    MixedPrecisionPolicy(),
    MixedPrecisionPolicy(param_dtype=torch.float32, reduce_dtype=torch.float64),
]


def _interrupted(rank: int, world: int, policy: MixedPrecisionPolicy) -> float:
    """How far gradients are from what they were to be, where a call in between has raised."""
    found = [_with_a_call_that_raises(raises, rank, world, policy) for raises in (False, True)]
    return max(float((ours - theirs).abs().max()) for ours, theirs in zip(*found, strict=True))


def _with_a_call_that_raises(raises: bool, *place: object) -> list[torch.Tensor]:
    """D's gradients of a step in two parts; before the second a call fails after its real side."""
    *shares, policy = place
    discriminator, generator = (sharded(network, mp_policy=policy) for network in players())
    broken = False

    def judge(images: torch.Tensor) -> torch.Tensor:
        if broken and images.requires_grad:
            raise ZeroDivisionError
        return discriminator(images)

    game = OneStage(judge, "hinge")
    first, second = _shares(*shares)
    with _kept(discriminator, generator):
        game.backward(first[0], generator(first[1]))
    if raises:
        broken = True
        with contextlib.suppress(ZeroDivisionError):
            game.backward(second[0], generator(second[1]))
        broken = False
    game.backward(second[0], generator(second[1]))
    return [_whole(p.grad) for p in discriminator.parameters()]


def _due_steps(rank: int, world: int) -> list[bool]:
    """Whether a lazy penalty is due: an optimiser that writes shards is one that steps."""
    plain_d, plain_g = players()
    discriminator, generator = sharded(plain_d, twice=True), sharded(plain_g)
    game = OneStage(discriminator, "hinge", penalties=[R1(1.0, every=2)])
    optimizer = torch.optim.Adam(discriminator.parameters(), fused=True)
    found = []
    for real, latent in 3 * _shares(rank, world)[:1]:
        parts = [game.backward(real, generator(latent)) for _ in range(2)]
        found += ["r1" in part.penalties for part in parts]
        optimizer.step()
        optimizer.zero_grad()
    return found


def _undone(rank: int, world: int) -> list[float]:
    """How far gradients are from what they were, once G's backward has raised."""
    discriminator, generator = (sharded(network) for network in players())
    game = OneStage(discriminator, "hinge")
    (real, latent), (_, other) = _shares(rank, world)
    game.backward(real, generator(latent))
    before = [p.grad.clone() for p in discriminator.parameters()]
    fake = generator(other)
    fake.register_hook(_raise)
    with contextlib.suppress(ZeroDivisionError):
        game.backward(real, fake)
    pairs = zip(discriminator.parameters(), before, strict=True)
    return [float(_whole(p.grad - old).norm()) for p, old in pairs]


def _raise(gradient: torch.Tensor) -> None:
    raise ZeroDivisionError


def _freed(rank: int, world: int) -> str:
    """What is said of a penalty on a D whose weights are freed in between."""
    discriminator, generator = (sharded(network) for network in players())
    game = OneStage(discriminator, "hinge", penalties=[R1(1.0)])
    real, latent = _shares(rank, world)[0]
    try:
        game.backward(real, generator(latent))
    except ValueError as error:
        return str(error)
    return ""


def _beside_an_idle_one(rank: int, world: int) -> bool:
    """Whether D is trained where its function also knows a sharded network that it never runs."""
    (idle, generator), (discriminator, _) = (map(sharded, players()) for _ in range(2))
    uses_both = False

    def judge(images: torch.Tensor) -> torch.Tensor:
        return idle(images) if uses_both else discriminator(images)

    real, latent = _shares(rank, world)[0]
    OneStage(judge, "hinge").backward(real, generator(latent))
    return all(p.grad is not None for p in discriminator.parameters())


def _plans(rank: int) -> list[str]:
    """All processes take the most cautious answer of any."""
    mine = Coupling.COUPLED if rank == 1 else Coupling.INDEPENDENT
    spread = [DistributedDataParallel(batch_norm(), broadcast_buffers=False)]
    taken = [agreed(mine, torch.device("cpu"), where).name for where in (spread, [batch_norm()])]
    # The two processes differ: only the second one's BatchNorm is in train mode.
    discriminator, generator = spread[0], Generator()
    discriminator.train(rank == 1)
    game = OneStage(discriminator, "hinge")
    step = game.backward(torch.randn(4, CHANNELS, SIZE, SIZE), generator(torch.randn(4, 5)))
    return [*taken, step.strategy]


def _alone(rank: int) -> tuple[int, str]:
    """A game of the first process alone is nobody else's business."""
    strategy = ""
    if rank == 0:
        discriminator, generator = players()
        real, latents = (both[0] for both in samples())
        strategy = OneStage(discriminator, "hinge").backward(real, generator(latents)).strategy
    number = torch.tensor(100 + rank)
    distributed.all_reduce(number)
    return int(number), strategy


def _uneven(rank: int) -> list[str]:
    """The last batch of an epoch has two samples here and one there; a unit is dead at first."""
    torch.manual_seed(0)
    layers = [nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1), nn.Flatten(0)]
    discriminator = DistributedDataParallel(nn.Sequential(*layers))
    game, taken = OneStage(discriminator, "hinge"), []
    for size in (8, 8, 2 - rank, 8, 8, 8, 8, 8):
        real, fake = torch.randn(size, 6), torch.randn(size, 6, requires_grad=True)
        with torch.no_grad():
            fake[0] = 0
            layers[0].bias.fill_(-0.1)  # which leaves sample 0 without a gradient
        taken.append(game.backward(real, fake).strategy)
    one = OneStage(discriminator, "hinge", strategy="ratio")
    step = one.backward(torch.randn(1, 6), torch.randn(1, 6, requires_grad=True))
    return [*taken, step.strategy]


def _reals_alone(rank: int) -> str:
    """Weights that the real side alone uses, in a wrapper that waits for them."""
    # A wrapped G in the same module is nobody's concern here.
    both = nn.ModuleDict(
        {name: DistributedDataParallel(nn.Linear(6, 3)) for name in ("discriminator", "generator")}
    )
    loss = (lambda r: r.square().mean(), lambda f: f[:, 0].mean(), lambda _, f: -f[:, 0].mean())
    heads = DistributedDataParallel(TwoHeads())
    fake = torch.randn(4, 6, requires_grad=True)
    OneStage(lambda x: both["discriminator"](x), loss).backward(torch.randn(4, 6), fake)
    loss = (
        lambda r: r["a"].mean() + r["b"].mean(),
        lambda f: f["a"].mean(),
        lambda _, f: -f["a"].mean(),
    )
    try:
        OneStage(heads, loss).backward(torch.randn(4, 6), fake)
    except ValueError as error:
        return str(error)
    return ""


class TwoHeads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(6, 1), nn.Linear(6, 1)

    def forward(self, sample: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"a": self.a(sample), "b": self.b(sample)}


class Whole(nn.Module):
    """Both players, as a trainer of one's own has them; D has a head of its own."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.body, self.head, self.other = (nn.Linear(6, 6), nn.Linear(6, 1), nn.Linear(6, 1))
        self.d = nn.ModuleDict({"body": self.body, "head": self.head, "other": self.other})
        self.g = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 6))
        self.double()

    def judge(self, sample: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(sample).tanh()).view(-1)

    def tell(self, sample: torch.Tensor) -> torch.Tensor:
        return self.other(self.body(sample).tanh()).view(-1)


def play_whole(rank: int, world: int, *, shard: bool) -> list[list[torch.Tensor]]:
    """Weights after each of four steps in which D is reached through what also holds G."""
    whole = Whole()
    if shard:
        mesh = init_device_mesh("cpu", (world,))
        for part in (whole.body, whole.head, whole.other, whole.g):
            fully_shard(part, mesh=mesh)
    game = OneStage(lambda x: whole.judge(x), "hinge")
    optimizer = torch.optim.SGD(whole.parameters(), 0.1)
    found = []
    for step in range(4):
        torch.manual_seed(step)
        real, latents = (
            x.chunk(world)[rank] for x in (torch.randn(8, 6).double(), torch.randn(8, 5).double())
        )
        fake = whole.g(latents)
        optimizer.zero_grad()
        game.backward(real, fake, generator_loss=fake.square().mean())
        optimizer.step()
        weights = (getattr(p, "full_tensor", lambda p=p: p)() for p in whole.parameters())
        found.append([weight.detach().clone() for weight in weights])
    return found


def _head_of_its_own(rank: int, world: int) -> list[float]:
    """How far a head of D moves that `generator_loss` alone runs."""
    whole = Whole()
    mesh = init_device_mesh("cpu", (world,))
    for part in (whole.body, whole.head, whole.other, whole.g):
        fully_shard(part, mesh=mesh)
    game = OneStage(lambda x, d=whole.d: whole.judge(x), "hinge")
    optimizer = torch.optim.SGD(whole.parameters(), 0.1)
    before, found = whole.other.weight.full_tensor().clone(), []
    for _ in range(3):
        fake = whole.g(torch.randn(4, 5).double())
        optimizer.zero_grad()
        loss = whole.tell(fake).square().mean()
        OneStage.backward(game, torch.randn(4, 6).double(), fake, generator_loss=loss)
        optimizer.step()
        found.append(float((whole.other.weight.full_tensor() - before).norm()))
    return found
