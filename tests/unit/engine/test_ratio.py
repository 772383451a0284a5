"""The floor under D's cotangent, on its own and through the engine."""

import math

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests._discriminators import Generator, Plain, images
from tests._measure import grads

from onestage import OneStage, SeparableLoss
from onestage.engine.strategies._ratio import FLOOR, floored, per_sample, ratio_of
from onestage.testing import reference_gradients, relative_error

TINY = 2.0**-126  # float32's smallest normal number
any_float32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def _pair(f: float, g: float) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor([f], dtype=torch.float32), torch.tensor([g], dtype=torch.float32)


@given(any_float32, any_float32)
@example(0.0, 0.0)
@example(0.0, -1.0)
@example(-0.0, 3.0)
@example(2.0**-149, 1.0)
@example(1.0, 2.0**-149)
@example(2.0**-149, 2.0**-149)
@example(3e38, -3e38)
@settings(deadline=None, max_examples=400)
def test_seed_times_ratio_is_g(f, g):
    """Whatever f is, G's cotangent comes back to a rounding or two."""
    tensor_f, tensor_g = _pair(f, g)
    seed = floored(tensor_f, tensor_g)
    ratio = ratio_of(tensor_g, seed)
    found = (ratio.double() * seed.double()).item()
    assert math.isfinite(found)
    # Below 2^-62 the floor itself is denormal, and has fewer digits; so has a denormal quotient.
    floor_is_normal = abs(g) * FLOOR >= TINY
    quotient_is_normal = abs(ratio.item()) >= TINY
    if g == 0 or (abs(f) >= abs(g) * FLOOR and f and quotient_is_normal) or floor_is_normal:
        assert found == pytest.approx(g, rel=3e-7, abs=2.0**-120 * max(abs(f), TINY))


@given(any_float32, any_float32)
@settings(deadline=None, max_examples=400)
def test_f_is_perturbed_by_nothing_or_by_less_than_the_floor(f, g):
    tensor_f, tensor_g = _pair(f, g)
    seed = floored(tensor_f, tensor_g)
    if abs(f) >= abs(g) * FLOOR:
        assert seed.equal(tensor_f)
    else:
        assert abs(seed.item() - tensor_f.item()) <= 2 * abs(g) * FLOOR


@given(st.integers(-60, 120), st.sampled_from([torch.float32, torch.bfloat16]))
@settings(deadline=None, max_examples=40)
def test_the_floor_survives_the_cast_to_the_outputs_dtype(exponent, dtype):
    g = torch.tensor([1.5 * 2.0**exponent])
    seed = floored(torch.zeros(1), g).to(dtype)
    assert (ratio_of(g, seed.float()) * seed.float()).equal(g)


def test_a_sample_that_nobody_looks_at_has_ratio_zero():
    assert ratio_of(torch.zeros(2), torch.zeros(2)).equal(torch.zeros(2))


@pytest.mark.parametrize("dims", [1, 2, 3, 4, 5])
def test_ratios_go_to_their_own_samples(dims):
    gradient = torch.ones(3, *[2] * (dims - 1))
    scaled = per_sample(torch.tensor([1.0, 2.0, 3.0]), gradient.clone())
    for i in range(3):
        assert (scaled[i] == i + 1).all()


def _weighted(f: torch.Tensor, g: torch.Tensor) -> SeparableLoss:
    """A loss whose cotangents at the fakes are f and g."""
    return SeparableLoss(
        lambda r: (r - 1).square().mean(), lambda out: (f * out).sum(), lambda _, o: (g * o).sum()
    )


cotangent = st.one_of(st.just(0.0), st.floats(-4, 4), st.floats(-1e-30, 1e-30))


@given(st.lists(st.tuples(cotangent, cotangent), min_size=4, max_size=4))
@settings(deadline=None, max_examples=60)
def test_any_cotangents_are_exact_through_the_engine(pairs):
    torch.manual_seed(0)
    f, g = torch.tensor(pairs, dtype=torch.float64).T
    discriminator, generator = Plain().double(), Generator().double()
    real = images(4, dtype=torch.float64)
    fake = generator(torch.randn(4, 5, dtype=torch.float64))
    loss = _weighted(f, g)
    reference = reference_gradients(discriminator, loss, real, fake)
    game = OneStage(discriminator, loss, strategy="ratio")
    if not g.abs().sum():
        return  # G has nothing to learn; the reference's gradient is 0
    game.backward(real, fake)
    assert relative_error(grads(discriminator), reference.discriminator) <= 1e-12
    assert relative_error(grads(generator), reference.generator) <= 1e-12


@pytest.mark.parametrize(
    ("dtype", "allowed"), [(torch.float64, 1e-12), (torch.float32, 1e-5)], ids=["f64", "f32"]
)
def test_a_generator_that_asks_for_much_leaves_d_alone(dtype, allowed):
    """The exponential losses: g = 2^100 next to f = 1, 0 or less than the floor."""
    f = torch.tensor([1.0, -0.5, 0.0, 2.0**-90, 1.0], dtype=dtype)
    g = torch.tensor([2.0**100, -(2.0**80), 2.0**70, 2.0**66, 0.25], dtype=dtype)
    discriminator, generator = Plain().to(dtype), Generator().to(dtype)
    real, fake = images(5, dtype=dtype), generator(torch.randn(5, 5, dtype=dtype))
    reference = reference_gradients(discriminator, _weighted(f, g), real, fake)
    step = OneStage(discriminator, _weighted(f, g), strategy="ratio").backward(real, fake)
    assert step.finite
    assert relative_error(grads(discriminator), reference.discriminator) <= allowed
    assert relative_error(grads(generator), reference.generator) <= allowed


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_where_every_f_is_zero_ds_fake_gradient_is_next_to_nothing(dtype):
    """At most 2^-60 of what g would give; Adam from a fresh state moves no weight by 1e-9."""
    discriminator, generator = Plain().to(dtype), Generator().to(dtype)
    with torch.no_grad():
        discriminator.head.bias.sub_(50.0)
    fake = generator(torch.randn(6, 5, dtype=dtype))
    game = OneStage(discriminator, "hinge", strategy="ratio")
    reference = reference_gradients(discriminator, "hinge", None, fake)
    assert all(not g.any() for g in reference.discriminator.values())
    before = [p.detach().clone() for p in discriminator.parameters()]
    step = game.backward(None, fake)
    assert step.finite and step.discriminator_loss == 0
    assert relative_error(grads(generator), reference.generator) <= (
        1e-12 if dtype is torch.float64 else 1e-5
    )
    found = grads(discriminator)
    with_g = torch.autograd.grad(discriminator(fake.detach()).mean(), list(found))
    for ours, full in zip(found.values(), with_g, strict=True):
        assert ours.norm() <= 2.0**-60 * full.norm()
    torch.optim.Adam(discriminator.parameters(), lr=1e-3).step()
    moved = [(p - b).abs().max() for p, b in zip(discriminator.parameters(), before, strict=True)]
    assert max(moved) <= 1e-9


@pytest.mark.parametrize("strategy", ["ratio", "dual"])
@pytest.mark.parametrize("logit", [100.0, -100.0, 0.0, -1.0, 1.0])
@pytest.mark.parametrize("loss", ["minimax", "nonsaturating", "hinge", "least_squares"])
@pytest.mark.parametrize(
    ("dtype", "allowed"), [(torch.float64, 1e-12), (torch.float32, 1e-5)], ids=["f64", "f32"]
)
def test_extreme_and_special_logits(loss, logit, strategy, dtype, allowed):
    """Every fake at exactly `logit`: kinks of the hinge, zero of least squares, saturation.

    D is linear there with a known gradient, so that the logit can be exact. The real side always
    has something to learn, or D's whole gradient would be 0.
    """
    weight = torch.randn(3, dtype=dtype, requires_grad=True)
    noise = torch.randn(4, 3, dtype=dtype, requires_grad=True)
    real = torch.randn(4, 3, dtype=dtype)

    def discriminator(sample, on_fakes):
        score = sample @ weight
        return logit + (score - score.detach()) if on_fakes else score - 2

    fake = noise * 2
    sides = {"real_args": (False,), "fake_args": (True,)}
    game = OneStage(discriminator, loss, strategy=strategy)
    reference = reference_gradients(discriminator, loss, real, fake, **sides)
    step = game.backward(real, fake, **sides)
    assert step.strategy == strategy
    assert step.finite
    assert (step.fake_outputs == logit).all()
    assert relative_error({weight: weight.grad}, reference.discriminator) <= allowed
    assert relative_error({noise: noise.grad}, reference.generator) <= allowed
