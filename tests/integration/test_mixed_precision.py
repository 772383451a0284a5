"""Half precisions, gradient scaling and micro-batches, in loops as people write them; on the CPU.

What only a GPU has is in tests/gpu/test_mixed_precision_gpu.py.
"""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import LambdaLR

from onestage import R1, OneStage
from onestage.optim import JointOptimizer, OptimisticAdam
from onestage.testing import assert_exact

BATCH, LATENT, SAMPLE = 8, 2, 4
HALVES = [torch.float16, torch.bfloat16]


class Players:
    """Both networks, and what has become of them."""

    def __init__(self, dtype: torch.dtype = torch.float32, *, shift: float = 0.0) -> None:
        self.generator = nn.Sequential(nn.Linear(LATENT, 8), nn.Tanh(), nn.Linear(8, SAMPLE))
        self.discriminator = nn.Sequential(
            nn.Linear(SAMPLE, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1), nn.Flatten(0)
        )
        self.generator.to(dtype)
        self.discriminator.to(dtype)
        nn.init.constant_(self.discriminator[2].bias, shift)

    def copy(self) -> "Players":
        return copy.deepcopy(self)

    def sgd(self, **options) -> JointOptimizer:
        return JointOptimizer(
            SGD(self.discriminator.parameters(), lr=0.2, **options),
            SGD(self.generator.parameters(), lr=0.1, **options),
        )

    def parameters(self) -> list[Tensor]:
        return [*self.discriminator.parameters(), *self.generator.parameters()]

    def weights(self) -> Tensor:
        return torch.cat([p.detach().flatten() for p in self.parameters()])

    def gradients(self) -> Tensor:
        return torch.cat([p.grad.flatten() for p in self.parameters()])


def batches(count: int, dtype: torch.dtype = torch.float32) -> list[tuple[Tensor, Tensor]]:
    shapes = [(BATCH, SAMPLE), (BATCH, LATENT)]
    return [tuple(torch.randn(shape, dtype=dtype) for shape in shapes) for _ in range(count)]


def plain_run(players: Players, data: list[tuple[Tensor, Tensor]], norms=(None, None)) -> Tensor:
    """Without autocast and scaler: what the others are to come near to."""
    joint, game = players.sgd(), OneStage(players.discriminator, "hinge")
    for real, latent in data:
        game.backward(real, players.generator(latent))
        joint.clip_grad_norms_(*norms)
        joint.step()
        joint.zero_grad()
    return players.weights()


@pytest.mark.parametrize("fused", [False, True])  # a fused optimiser unscales within its step
def test_float16_with_one_scaler(fused):
    players, data, norms = Players(shift=-3.0), batches(4), (0.05, None)
    truth = plain_run(players.copy(), data, norms)
    joint, scaler = players.sgd(fused=fused), torch.amp.GradScaler("cpu", init_scale=2.0**12)
    game = OneStage(players.discriminator, "hinge")
    for real, latent in data:
        with torch.autocast("cpu", torch.float16):
            fake = players.generator(latent)
            step = game.backward(real, fake, scale=scaler.scale(torch.ones(())))
        scaler.unscale_(joint)
        joint.clip_grad_norms_(*norms)
        scaler.step(joint)
        scaler.update()
        joint.zero_grad()
    assert step.strategy == "dual"
    assert step.fake_outputs.dtype == torch.float16
    torch.testing.assert_close(players.weights(), truth, rtol=0, atol=5e-3)


def test_bfloat16_needs_no_scaler_and_keeps_the_ratio():
    players, data = Players(shift=-3.0), batches(4)
    truth = plain_run(players.copy(), data)
    joint, game = players.sgd(), OneStage(players.discriminator, "hinge")
    for real, latent in data:
        with torch.autocast("cpu", torch.bfloat16):
            step = game.backward(real, players.generator(latent))
        joint.step()
        joint.zero_grad()
    assert step.strategy == "ratio"
    torch.testing.assert_close(players.weights(), truth, rtol=0, atol=5e-2)


@pytest.mark.parametrize("dtype", HALVES)
@pytest.mark.parametrize("loss", ["minimax", "hinge", "relativistic"])
def test_weights_in_a_half_precision(dtype, loss):
    players = Players(dtype)
    (real, latent), *_ = batches(1, dtype)
    assert_exact(players.discriminator, loss, real, players.generator(latent))


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_both_players_step_or_neither(player, fused):
    players, scaler = Players(), torch.amp.GradScaler("cpu", init_scale=64.0)
    joint = JointOptimizer(
        OptimisticAdam(players.discriminator.parameters(), lr=0.1, fused=fused),
        OptimisticAdam(players.generator.parameters(), lr=0.1, fused=fused),
    )
    game, before = OneStage(players.discriminator, "hinge"), players.weights()
    ((real, latent),) = batches(1)
    game.backward(real, players.generator(latent), scale=scaler.scale(torch.ones(())))
    overflown = next(getattr(players, player).parameters())
    overflown.grad[0, 0] = torch.inf
    scaler.step(joint)
    scaler.update()
    assert torch.equal(players.weights(), before)
    assert scaler.get_scale() == 32.0

    joint.zero_grad()
    game.backward(real, players.generator(latent), scale=scaler.scale(torch.ones(())))
    scaler.step(joint)
    for network in (players.discriminator, players.generator):
        assert all(p.grad is not None for p in network.parameters())
    moved = players.weights() != before
    split = sum(p.numel() for p in players.discriminator.parameters())
    assert moved[:split].any()
    assert moved[split:].any()


def test_float16_overflow_is_seen_in_the_result():
    players = Players()
    ((real, latent),) = batches(1)
    game = OneStage(players.discriminator, "hinge")
    with torch.autocast("cpu", torch.float16):
        fake = players.generator(latent)
        assert game.backward(real, fake).finite
        fake = players.generator(latent)
        assert not game.backward(real, fake, scale=2.0**30).finite


def test_a_lazy_penalty_counts_updates_also_those_that_a_scaler_skips():
    players, scaler = Players(), torch.amp.GradScaler("cpu", init_scale=64.0)
    joint = players.sgd()
    game = OneStage(players.discriminator, "hinge", penalties=[R1(1.0, every=2)])
    applied = []
    for turn, (real, latent) in enumerate(batches(4)):
        step = game.backward(real, players.generator(latent), scale=scaler.scale(torch.ones(())))
        applied.append("r1" in step.penalties)
        if turn == 0:
            players.generator[0].weight.grad.fill_(torch.nan)
        scaler.step(joint)
        scaler.update()
        joint.zero_grad()
    # Fused optimisers leave no trace of a step but zero_grad, so a skipped one counts as well.
    assert applied == [True, False, True, False]


class WidensItself(nn.Module):
    """Runs in float16 under an autocast of its own, and returns float32."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, samples: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.float16):
            return self.body(samples).float()


def test_a_float16_that_the_outputs_hide_is_found():
    players = Players(shift=-3.0)  # hinge ignores these fakes: their ratio needs the floor
    hidden = WidensItself(players.discriminator)
    ((real, latent),) = batches(1)
    result = assert_exact(hidden, "hinge", real, players.generator(latent))
    assert result.strategy == "dual"
    assert "float16" in result.explanation
    with pytest.raises(ValueError, match="float16"):
        assert_exact(hidden, "hinge", real, players.generator(latent), strategy="ratio")


@pytest.mark.parametrize("strategy", ["reversal", "ratio", "dual"])
@pytest.mark.parametrize("micro_batches", [2, 4])
def test_micro_batches_are_one_batch(strategy, micro_batches):
    players = Players(torch.float64)
    whole = players.copy()
    ((real, latent),) = batches(1, torch.float64)
    loss = "minimax" if strategy == "reversal" else "hinge"
    options = {"penalties": [R1(1.0, every=4)], "strategy": strategy}

    def extra(fake: Tensor) -> Tensor:
        return fake.square().mean()

    fake = whole.generator(latent)
    OneStage(whole.discriminator, loss, **options).backward(real, fake, generator_loss=extra(fake))
    game = OneStage(players.discriminator, loss, **options)
    parts = zip(real.chunk(micro_batches), latent.chunk(micro_batches), strict=True)
    for part, z in parts:
        fake = players.generator(z)
        step = game.backward(part, fake, generator_loss=extra(fake), scale=1 / micro_batches)
        assert "r1" in step.penalties  # one update, however many micro-batches
    torch.testing.assert_close(players.gradients(), whole.gradients(), rtol=1e-12, atol=1e-14)


def test_each_player_is_clipped_by_its_own_norm():
    players = Players(torch.float64)
    joint, game = players.sgd(), OneStage(players.discriminator, "hinge")
    ((real, latent),) = batches(1, torch.float64)
    game.backward(real, players.generator(latent))
    before = [
        torch.cat([p.grad.flatten() for p in network.parameters()])
        for network in (players.discriminator, players.generator)
    ]
    norms = joint.clip_grad_norms_(None, 0.01)
    torch.testing.assert_close(norms, [torch.linalg.vector_norm(side) for side in before])
    clipped = before[1] * 0.01 / (norms[1] + 1e-6)
    torch.testing.assert_close(players.gradients(), torch.cat([before[0], clipped]))


def test_a_norm_for_each_player_is_asked_for():
    with pytest.raises(ValueError, match="1 norms for 2 optimisers"):
        Players().sgd().clip_grad_norms_(1.0)


@pytest.mark.parametrize("over_joint", [False, True])
def test_schedules_per_network_and_resume(over_joint):
    def build() -> tuple[Players, JointOptimizer, list[LambdaLR]]:
        torch.manual_seed(0)
        players = Players()
        joint = JointOptimizer(
            Adam(players.discriminator.parameters(), lr=0.2),
            OptimisticAdam(players.generator.parameters(), lr=0.1),
        )
        slopes = [lambda step: 0.5**step, lambda step: 1 / (1 + step)]
        if over_joint:
            return players, joint, [LambdaLR(joint, slopes)]
        pairs = zip(joint.optimizers, slopes, strict=True)
        return players, joint, [LambdaLR(optimizer, slope) for optimizer, slope in pairs]

    def train(players, joint, schedules, data) -> None:
        game = OneStage(players.discriminator, "hinge")
        for real, latent in data:
            game.backward(real, players.generator(latent))
            joint.step()
            joint.zero_grad()
            for schedule in schedules:
                schedule.step()

    data = batches(4)
    whole = build()
    train(*whole, data)
    assert [o.param_groups[0]["lr"] for o in whole[1].optimizers] == [0.2 * 0.5**4, 0.1 * (1 / 5)]

    first, second = build(), build()
    train(*first, data[:2])
    for network in ("discriminator", "generator"):
        getattr(second[0], network).load_state_dict(getattr(first[0], network).state_dict())
    second[1].load_state_dict(first[1].state_dict())
    for ours, theirs in zip(second[2], first[2], strict=True):
        ours.load_state_dict(theirs.state_dict())
    train(*second, data[2:])
    assert torch.equal(second[0].weights(), whole[0].weights())
