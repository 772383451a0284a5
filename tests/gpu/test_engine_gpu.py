"""The engine on a GPU: exact with real kernels, half precisions, and a host that never waits.

PYTHONPATH=src python -m pytest -m gpu -o addopts= tests/gpu
"""

import pytest
import torch
from tests._discriminators import (
    MATRIX,
    REVERSING,
    SIX_LOSSES,
    ZOO,
    Generator,
    group_norm,
    images,
    shift_,
)
from tests._measure import SHIFTS, clear, grads
from torch import Tensor, nn
from torch.optim import Adam

from onestage import R1, OneStage
from onestage.optim import JointOptimizer, OptimisticAdam
from onestage.testing import reference_gradients, relative_error

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
BATCH = 12


@pytest.fixture(autouse=True)
def _full_float32():
    """TF32 rounds to 10 bits: off, so that float32 means float32; and kernels that repeat."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def _players(build, dtype=torch.float32) -> tuple[nn.Module, nn.Module]:
    return build().to("cuda", dtype), Generator().to("cuda", dtype)


def _conditions(row) -> dict:
    def on_gpu(value):
        return value.cuda() if isinstance(value, Tensor) else value

    real_args, fake_args = (tuple(map(on_gpu, side)) for side in row.conditions(BATCH))
    return {"real_args": real_args, "fake_args": fake_args}


def _batch(generator, dtype=torch.float32) -> tuple[Tensor, Tensor]:
    options = {"device": "cuda", "dtype": dtype}
    return images(BATCH, **options), generator(torch.randn(BATCH, 5, **options))


@pytest.mark.parametrize(("loss", "name", "strategy"), MATRIX)
@pytest.mark.parametrize(
    ("dtype", "allowed"), [(torch.float64, 1e-12), (torch.float32, 1e-5)], ids=["f64", "f32"]
)
def test_three_consecutive_steps_are_exact(loss, name, strategy, dtype, allowed):
    row = ZOO[name]
    discriminator, generator = _players(row.build, dtype)
    game = OneStage(discriminator, loss, strategy=strategy)
    conditions = _conditions(row)
    for shift in SHIFTS:
        shift_(discriminator, shift)
        real, fake = _batch(generator, dtype)
        reference = reference_gradients(discriminator, loss, real, fake, **conditions)
        clear(discriminator, generator)
        step = game.backward(real, fake, **conditions)
        assert step.strategy == strategy
        assert relative_error(grads(discriminator), reference.discriminator) <= allowed
        assert relative_error(grads(generator), reference.generator) <= allowed


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("loss", SIX_LOSSES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, None])
def test_auto_under_autocast(loss, name, dtype):
    """Float16 takes the dual where the reversal is not declared; bfloat16 keeps the ratio."""
    row = ZOO[name]
    discriminator, generator = _players(row.build)
    game = OneStage(discriminator, loss)
    with torch.autocast("cuda", dtype=dtype, enabled=dtype is not None):
        real, fake = _batch(generator)
        step = game.backward(real, fake, **_conditions(row))
    ratio = row.ratio and dtype is not torch.float16
    assert step.strategy == ("reversal" if loss in REVERSING else "ratio" if ratio else "dual")
    assert step.finite


@pytest.mark.parametrize(
    ("loss", "name", "strategy"), [row for row in MATRIX if row[1] in ("conv", "group_norm")]
)
def test_bfloat16_is_no_further_from_the_truth_than_two_stages(loss, name, strategy):
    """Root mean square over seeds and steps, as on the CPU."""
    squares = torch.zeros(2, 2, dtype=torch.float64)  # [player, engine or stages]
    for seed in range(3):
        torch.manual_seed(seed)
        discriminator, generator = _players(ZOO[name].build)
        game = OneStage(discriminator, loss, strategy=strategy)
        for shift in SHIFTS:
            shift_(discriminator, shift)
            squares += _squared_errors(game, discriminator, generator, loss)
    for engine, stages in squares.sqrt():
        assert engine <= 1.2 * stages


def _squared_errors(game, discriminator, generator, loss) -> Tensor:
    real, latents = images(BATCH, device="cuda"), torch.randn(BATCH, 5, device="cuda")
    truth = reference_gradients(discriminator, loss, real, generator(latents))  # float32
    clear(discriminator, generator)
    with torch.autocast("cuda", dtype=torch.bfloat16):
        fake = generator(latents)
        stages = reference_gradients(discriminator, loss, real, fake)
        game.backward(real, fake)
    pairs = (
        (grads(discriminator), stages.discriminator, truth.discriminator),
        (grads(generator), stages.generator, truth.generator),
    )
    rows = [(relative_error(e, t) ** 2, relative_error(s, t) ** 2) for e, s, t in pairs]
    return torch.tensor(rows, dtype=torch.float64)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, None])
@pytest.mark.parametrize(
    ("loss", "name", "strategy"), [row for row in MATRIX if row[1] != "checkpoint"]
)
def test_the_host_never_waits(loss, name, strategy, dtype):
    if strategy == "ratio" and dtype is torch.float16:
        pytest.skip("refused")
    row = ZOO[name]
    discriminator, generator = _players(row.build)
    game = OneStage(discriminator, loss, strategy=strategy, penalties=[R1(1.0)])
    options = {
        **_conditions(row),
        "scale": torch.tensor(8.0, device="cuda"),
        "generator_weight": torch.tensor(2.0, device="cuda"),
    }
    with torch.autocast("cuda", dtype=dtype, enabled=dtype is not None):
        real, fake = _batch(generator)
        game.backward(real, fake, generator_loss=fake.square().mean(), **options)
        real, fake = _batch(generator)
        extra = fake.square().mean()
        torch.cuda.set_sync_debug_mode("error")
        try:
            step = game.backward(real, fake, generator_loss=extra, **options)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert step.strategy == strategy


@pytest.mark.parametrize("optimizer", [Adam, OptimisticAdam])
def test_fused_optimisers_step_together_or_not_at_all(optimizer):
    discriminator, generator = _players(group_norm)
    joint = JointOptimizer(
        optimizer(discriminator.parameters(), fused=True),
        optimizer(generator.parameters(), fused=True),
    )
    game = OneStage(discriminator, "least_squares", penalties=[R1(1.0, every=2)])
    scaler = torch.amp.GradScaler("cuda", init_scale=2.0**10)
    one, moved, penalised = torch.ones((), device="cuda"), [], []
    weights = [*discriminator.parameters(), *generator.parameters()]
    for poison in (True, False, True, False):
        joint.zero_grad()
        with torch.autocast("cuda", dtype=torch.float16):
            real, fake = _batch(generator)
            step = game.backward(real, fake, scale=scaler.scale(one))
        if poison:
            generator.last.bias.grad[0] = float("inf")
        before = [weight.detach().clone() for weight in weights]
        scaler.step(joint)
        scaler.update()
        now = zip(weights, before, strict=True)
        moved.append({bool(weight.ne(old).any()) for weight, old in now})
        penalised.append("r1" in step.penalties)
    assert moved == [{False}, {True}, {False}, {True}]
    assert penalised == [True, False, True, False]  # fused steps are counted
    assert scaler.get_scale() == 2.0**8


def test_a_fused_step_with_a_scaler_makes_the_host_wait_for_nothing():
    discriminator, generator = _players(group_norm)
    joint = JointOptimizer(
        OptimisticAdam(discriminator.parameters(), fused=True),
        OptimisticAdam(generator.parameters(), fused=True),
    )
    game = OneStage(discriminator, "hinge")
    scaler, one = torch.amp.GradScaler("cuda"), torch.ones((), device="cuda")

    def step():
        joint.zero_grad()
        real, fake = _batch(generator)
        game.backward(real, fake, scale=scaler.scale(one))
        scaler.step(joint)
        scaler.update()

    for _ in range(3):
        step()
    torch.cuda.set_sync_debug_mode("error")
    try:
        step()
    finally:
        torch.cuda.set_sync_debug_mode("default")
