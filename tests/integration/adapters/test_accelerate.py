"""Accelerate, the real one: its accumulation, scaler, states and DDP."""

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR

pytest.importorskip("accelerate")

from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState
from accelerate.utils import DistributedType
from tests.integration.adapters._accelerate import play, prepare, weights_of
from tests.integration.adapters._common import (
    SCENARIOS,
    STEPS,
    assert_same,
    batches,
    build,
    launch,
    optimizers,
)

from onestage import R1
from onestage.adapters.accelerate import AcceleratedGame

RATIO = SCENARIOS["ratio"]


@pytest.fixture(autouse=True)
def _fresh():
    """Accelerate keeps its state in singletons."""
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


def halved() -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(real.float(), latent.float()) for real, latent in batches()]


def single(accelerator: Accelerator, scenario=RATIO, **options) -> AcceleratedGame:
    """The game in float32."""
    game = prepare(accelerator, scenario, **options)
    game.generator.float()
    game.discriminator.float()
    return game


@pytest.mark.parametrize("name", SCENARIOS)
def test_weights(name):
    scenario = SCENARIOS[name]
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=scenario.accumulate)
    game = prepare(accelerator, scenario)
    play(game, batches(scenario.accumulate))
    assert_same(weights_of(accelerator, game), scenario)


def test_an_update_of_d_alone_leaves_g():
    accelerator = Accelerator(cpu=True)
    game = prepare(accelerator, RATIO)
    real, latent = batches()[0]
    with game.accumulate():
        game.critic_step(real, game.generator(latent).detach())
    generator, discriminator = build()
    assert torch.equal(game.generator[0].weight, generator[0].weight)
    assert not torch.equal(game.discriminator[0].weight, discriminator[0].weight)


def test_a_loaded_state_goes_on_where_it_was_saved(tmp_path):
    penalties = [R1(1.0, every=2)]
    accelerator = Accelerator(cpu=True)
    whole = prepare(accelerator, RATIO, penalties=penalties)
    play(whole, batches())
    accelerator.save_state(tmp_path)
    ahead = play(whole, batches())
    truth = weights_of(accelerator, whole)

    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = Accelerator(cpu=True)
    resumed = prepare(accelerator, RATIO, penalties=penalties)
    accelerator.load_state(tmp_path)
    results = play(resumed, batches())
    assert [bool(result.penalties) for result in results] == [False, True, False]
    assert [bool(result.penalties) for result in ahead] == [False, True, False]
    assert weights_of(accelerator, resumed) == truth


def test_bfloat16_is_near_float32_and_seen_by_the_planner():
    truth = Accelerator(cpu=True)
    exact = single(truth)
    play(exact, halved())
    AcceleratorState._reset_state(reset_partial_state=True)
    accelerator = Accelerator(cpu=True, mixed_precision="bf16")
    game = single(accelerator)
    seen = []
    game.discriminator.register_forward_pre_hook(
        lambda *_: seen.append(torch.is_autocast_enabled("cpu"))
    )
    play(game, halved())
    assert all(seen)  # also around D, not in its forward alone
    torch.testing.assert_close(
        torch.tensor(weights_of(accelerator, game)),
        torch.tensor(weights_of(truth, exact)),
        rtol=0,
        atol=0.02,
    )


def scaled(scale: float) -> Accelerator:
    """An accelerator with the scaler that float16 has; it grants float16 to GPUs alone."""
    accelerator = Accelerator(cpu=True)
    accelerator.scaler = torch.amp.GradScaler("cpu", init_scale=scale)
    return accelerator


def test_clipping_acts_on_unscaled_gradients():
    accelerator = scaled(1024.0)
    game = prepare(accelerator, RATIO)
    play(game, batches())
    assert_same(weights_of(accelerator, game), RATIO)


def test_overflow_skips_both_players():
    accelerator = scaled(1024.0)
    game = prepare(accelerator, RATIO)
    before = weights_of(accelerator, game)
    real, latent = batches()[0]
    with game.accumulate():
        fake = game.generator(latent)
        fake.register_hook(lambda gradient: gradient * float("inf"))  # G's overflow, not D's
        game.step(real, fake)
    assert game.optimizer.step_was_skipped
    assert weights_of(accelerator, game) == before
    assert accelerator.scaler.get_scale() == 512.0


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_float16_on_a_gpu():
    accelerator = Accelerator(mixed_precision="fp16", gradient_accumulation_steps=2)
    game = single(accelerator, SCENARIOS["accumulated"])
    before = weights_of(accelerator, game)
    data = [(real.float().cuda(), z.float().cuda()) for real, z in batches(2)]
    results = play(game, data * 4)  # the scale comes down from 65,536 first
    assert {result.strategy for result in results} == {"dual"}
    assert not game.optimizer.step_was_skipped
    after = weights_of(accelerator, game)
    assert after != before
    assert torch.isfinite(torch.tensor(after)).all()


def test_a_schedule_for_each_player():
    accelerator = Accelerator(cpu=True)
    generator, discriminator = build()
    joint = optimizers(generator, discriminator)
    game = AcceleratedGame(accelerator, generator, discriminator, joint, loss="hinge")
    schedule = LambdaLR(joint, [lambda step: 1.0, lambda step: 0.5**step])
    schedule = accelerator.prepare(schedule)
    for real, latent in batches():
        with game.accumulate():
            game.step(real, game.generator(latent))
            schedule.step()
    rates = [optimizer.param_groups[0]["lr"] for optimizer in joint.optimizers]
    assert rates == [0.2, 0.1 * 0.5**STEPS]


def test_an_optimiser_that_is_not_joint_is_refused():
    generator, discriminator = build()
    alone = optimizers(generator, discriminator).optimizers[0]
    with pytest.raises(ValueError, match="pass JointOptimizer"):
        AcceleratedGame(Accelerator(cpu=True), generator, discriminator, alone, loss="hinge")


def test_sharding_is_refused():
    accelerator = Accelerator(cpu=True)
    accelerator.state.distributed_type = DistributedType.FSDP
    with pytest.raises(ValueError, match="plain DDP"):
        prepare(accelerator, RATIO)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return launch("ddp_accelerate.py", tmp_path_factory.mktemp("accelerate"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_processes_are_one(found, name):
    assert found[name]["processes"] == 2
    assert_same(found[name]["weights"], SCENARIOS[name])


@pytest.mark.parametrize("name", SCENARIOS)
def test_one_reduction_per_network_and_update(found, name):
    assert found[name]["reductions"] == [STEPS, STEPS]
