"""Half precisions on a GPU: real kernels, fused optimisers, and a host that never waits."""

import contextlib
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.optim import Adam

from onestage import R1, OneStage
from onestage.optim import JointOptimizer, OptimisticAdam
from onestage.testing import assert_exact

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

BATCH, LATENT, CHANNELS, SIZE = 16, 8, 3, 16
HALVES = [torch.float16, torch.bfloat16]


def networks(norm: type[nn.Module] = nn.Identity) -> tuple[nn.Module, nn.Module]:
    """G and D, convolutions at 16 x 16."""
    generator = nn.Sequential(
        nn.Linear(LATENT, 16 * SIZE**2 // 4),
        nn.Unflatten(1, (16, SIZE // 2, SIZE // 2)),
        nn.ReLU(),
        nn.ConvTranspose2d(16, CHANNELS, 4, 2, 1),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        nn.Conv2d(CHANNELS, 16, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(16, 16, 4, 2, 1),
        norm(16) if norm is nn.BatchNorm2d else norm(),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
        nn.Linear(16 * SIZE, 1),
        nn.Flatten(0),
    )
    return generator.cuda(), discriminator.cuda()


def batch() -> tuple[Tensor, Tensor]:
    real = torch.rand(BATCH, CHANNELS, SIZE, SIZE, device="cuda") * 2 - 1
    return real, torch.randn(BATCH, LATENT, device="cuda")


def joint_optimizer(
    kind: type[Adam], generator: nn.Module, discriminator: nn.Module, *, fused: bool = True
) -> JointOptimizer:
    return JointOptimizer(
        *[
            kind(side.parameters(), lr=1e-3, betas=(0.5, 0.99), fused=fused)
            for side in (discriminator, generator)
        ]
    )


def weights(*sides: nn.Module) -> list[Tensor]:
    return [p.detach().clone() for side in sides for p in side.parameters()]


@contextlib.contextmanager
def no_waiting() -> Iterator[None]:
    """Raise where the host waits for the device."""
    try:
        torch.cuda.set_sync_debug_mode("error")
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.fixture(autouse=True)
def _no_tf32(monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("norm", [nn.Identity, nn.BatchNorm2d])
@pytest.mark.parametrize("loss", ["minimax", "hinge", "relativistic"])
def test_exact_under_autocast(dtype, norm, loss):
    generator, discriminator = networks(norm)
    real, latent = batch()
    with torch.autocast("cuda", dtype):
        result = assert_exact(discriminator, loss, real, generator(latent))
    if loss == "hinge":
        independent = norm is nn.Identity and dtype is torch.bfloat16
        assert result.strategy == ("ratio" if independent else "dual")


# torch calls its own watch over waiting a prototype.
@pytest.mark.filterwarnings("ignore:Synchronization debug mode:UserWarning")
@pytest.mark.parametrize("kind", [Adam, OptimisticAdam])
@pytest.mark.parametrize("dtype", HALVES)
def test_the_host_never_waits(dtype, kind):
    generator, discriminator = networks()
    joint = joint_optimizer(kind, generator, discriminator)
    scaler = torch.amp.GradScaler("cuda", enabled=dtype is torch.float16)
    game = OneStage(discriminator, "nonsaturating", penalties=[R1(1.0)])
    one = torch.ones((), device="cuda")
    data = [batch() for _ in range(4)]

    def step(real: Tensor, latent: Tensor) -> None:
        with torch.autocast("cuda", dtype):
            game.backward(real, generator(latent), scale=scaler.scale(one))
        scaler.unscale_(joint)
        joint.clip_grad_norms_(10.0, 10.0)
        scaler.step(joint)
        scaler.update()
        joint.zero_grad()

    step(*data[0])  # plans and probes
    before = weights(generator, discriminator)
    with no_waiting():
        for real, latent in data[1:]:
            step(real, latent)
    after = weights(generator, discriminator)
    assert all(torch.isfinite(weight).all() for weight in after)
    assert not any(torch.equal(*pair) for pair in zip(before, after, strict=True))


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("kind", [Adam, OptimisticAdam])
@pytest.mark.parametrize("player", [0, 1])
def test_both_players_step_or_neither(player, kind, fused):
    sides = generator, discriminator = networks()
    joint = joint_optimizer(kind, generator, discriminator, fused=fused)
    scaler = torch.amp.GradScaler("cuda", init_scale=64.0)
    game = OneStage(discriminator, "nonsaturating")  # hinge leaves D's last bias at first
    one = torch.ones((), device="cuda")
    for turn in range(3):
        real, latent = batch()
        with torch.autocast("cuda", torch.float16):
            game.backward(real, generator(latent), scale=scaler.scale(one))
        if turn == 1:
            next(sides[player].parameters()).grad.view(-1)[0] = torch.inf
        before = weights(*sides)
        scaler.step(joint)
        scaler.update()
        joint.zero_grad()
        same = [torch.equal(*pair) for pair in zip(before, weights(*sides), strict=True)]
        assert all(same) if turn == 1 else not any(same)
    assert scaler.get_scale() == 32.0


def test_micro_batches_are_one_batch_in_float32():
    generator, discriminator = networks()
    real, latent = batch()
    found = []
    for count in (1, 4):
        game = OneStage(discriminator, "hinge", penalties=[R1(1.0, every=2)])
        for part, z in zip(real.chunk(count), latent.chunk(count), strict=True):
            game.backward(part, generator(z), scale=1 / count)
        sides = (generator, discriminator)
        found.append([p.grad.clone() for side in sides for p in side.parameters()])
        for side in sides:
            side.zero_grad()
    torch.testing.assert_close(found[0], found[1], rtol=1e-3, atol=1e-5)
