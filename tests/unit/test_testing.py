"""The reference itself, and the check that users run."""

import pytest
import torch
from tests._discriminators import (
    BATCH,
    SIX_LOSSES,
    ZOO,
    Generator,
    Plain,
    batch_norm,
    dropout,
    images,
    spectral,
)
from torch import nn

from onestage import DRAGAN, R1, GradientPenalty, JointLoss, SeparableLoss
from onestage.augment import Augmented, DiffAugment
from onestage.testing import Exactness, assert_exact, reference_gradients, relative_error

F64 = torch.float64


@pytest.mark.parametrize("loss", SIX_LOSSES)
def test_reference_is_two_backwards_written_out(loss):
    """By `.backward()` and `.grad`, as a two-stage loop has it."""
    from onestage.losses import build_loss

    rules = build_loss(loss)
    discriminator, generator = Plain().double(), Generator().double()
    real, fake = images(dtype=F64), generator(torch.randn(BATCH, 5, dtype=F64))
    found = reference_gradients(
        discriminator, loss, real, fake, generator_weight=0.5, scale=4.0, penalties=[R1(1.0)]
    )
    sample = real.clone().requires_grad_()
    logits = discriminator(sample)
    (4 * rules.discriminator_loss(logits, discriminator(fake.detach()))).backward()
    (4 * R1(1.0)(sample, discriminator(sample))).backward()
    expected = {p: p.grad.clone() for p in discriminator.parameters()}
    assert relative_error(found.discriminator, expected) <= 1e-13
    fake.retain_grad()
    (4 * 0.5 * rules.generator_loss(discriminator(real).detach(), discriminator(fake))).backward()
    expected = {p: p.grad for p in generator.parameters()}
    assert relative_error(found.generator, expected) <= 1e-13
    torch.testing.assert_close(found.fake[0], fake.grad)


def test_reference_against_finite_differences():
    """And that is the derivative of the losses."""
    discriminator, generator = Plain().double(), Generator().double()
    real, latents = images(dtype=F64), torch.randn(BATCH, 5, dtype=F64)
    found = reference_gradients(discriminator, "nonsaturating", real, generator(latents))
    softplus = nn.functional.softplus

    def losses():
        with torch.no_grad():
            r, f = discriminator(real), discriminator(generator(latents))
            return float(softplus(-r).mean() + softplus(f).mean()), float(softplus(-f).mean())

    for module, gradients, player in (
        (discriminator, found.discriminator, 0),
        (generator, found.generator, 1),
    ):
        for weight in module.parameters():
            direction = torch.randn_like(weight)
            values = []
            for sign in (1, -1):
                with torch.no_grad():
                    weight.add_(direction, alpha=sign * 1e-6)
                values.append(losses()[player])
                with torch.no_grad():
                    weight.add_(direction, alpha=-sign * 1e-6)
            slope = (values[0] - values[1]) / 2e-6
            expected = float((gradients[weight] * direction).sum())
            assert slope == pytest.approx(expected, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("build", [batch_norm, spectral, dropout])
@pytest.mark.parametrize("call", [reference_gradients, assert_exact])
def test_nothing_is_changed(build, call):
    """Buffers, random state, `.grad` and the fake's graph."""
    discriminator, generator = build().double(), Generator().double()
    for weight in (*discriminator.parameters(), *generator.parameters()):
        weight.grad = torch.randn_like(weight)
    real, fake = images(dtype=F64), generator(torch.randn(BATCH, 5, dtype=F64))
    buffers = {name: value.clone() for name, value in discriminator.named_buffers()}
    gradients = [(p, p.grad, p.grad.clone()) for p in discriminator.parameters()]
    gradients += [(p, p.grad, p.grad.clone()) for p in generator.parameters()]
    state = torch.get_rng_state()
    call(discriminator, "hinge", real, fake)
    assert torch.get_rng_state().equal(state)
    assert all(value.equal(buffers[name]) for name, value in discriminator.named_buffers())
    for weight, tensor, value in gradients:
        assert weight.grad is tensor and tensor.equal(value)
    fake.sum().backward()


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("loss", ["minimax", "hinge"])
def test_assert_exact_accepts_the_zoo(loss, name):
    row = ZOO[name]
    real_args, fake_args = row.conditions(BATCH)
    discriminator, generator = row.build().double(), Generator().double()
    fake = generator(torch.randn(BATCH, 5, dtype=F64))
    found = assert_exact(
        discriminator,
        loss,
        images(dtype=F64),
        fake,
        real_args=real_args,
        fake_args=fake_args,
        generator_weight=0.7,
    )
    assert isinstance(found, Exactness)
    assert max(found.discriminator_error, found.generator_error) <= 1e-12
    assert found.strategy in found.explanation


def test_assert_exact_with_penalties_and_in_float32():
    discriminator, generator = Plain(), Generator()
    fake = generator(torch.randn(BATCH, 5))
    assert_exact(discriminator, "hinge", images(), fake, penalties=[R1(1.0)], strategy="dual")


@pytest.mark.parametrize("call", [reference_gradients, assert_exact])
def test_generators_of_their_own_are_put_back(call):
    """Of penalties, and of a module inside D; both passes have the same draws."""
    own, its = (torch.Generator().manual_seed(seed) for seed in (1, 2))
    augment = DiffAugment("translation", generator=its)
    discriminator = Augmented(Plain().double(), augment)
    fake = Generator().double()(torch.randn(BATCH, 5, dtype=F64))
    penalties = [GradientPenalty(1.0, generator=own), DRAGAN(1.0, generator=own)]
    before = [own.get_state(), its.get_state()]
    call(discriminator, "hinge", images(dtype=F64), fake, penalties=penalties)
    assert own.get_state().equal(before[0])
    assert its.get_state().equal(before[1])


def _wrong(player: str) -> SeparableLoss:
    """A loss that answers the engine, which calls it on leaves, other than the reference."""
    calls = []

    def term(outputs):
        calls.append(1)
        return outputs.mean() * (1.0 if len(calls) == 1 else 1.01)

    right = SeparableLoss(lambda r: r.mean(), lambda f: f.mean(), lambda _, f: -f.mean())
    if player == "D":
        return SeparableLoss(term, right.fake, right.generator)
    return SeparableLoss(right.real, right.fake, lambda _, f: term(f))


@pytest.mark.parametrize(
    ("player", "words"), [("D", r"D's gradient is off by 0\.\d+"), ("G", r"G's by 0\.\d+")]
)
def test_assert_exact_raises(player, words):
    discriminator, generator = Plain(), Generator()
    with pytest.raises(AssertionError, match=rf"{words}.*is allowed"):
        assert_exact(discriminator, _wrong(player), images(), generator(torch.randn(BATCH, 5)))


def test_assert_exact_raises_for_a_wrong_reversal():
    """Too small for the first call's own check, which allows 1e-3."""
    loss = JointLoss(lambda r, f: (f - r).mean(), lambda _, f: -1.0005 * f.mean(), reversal=-1.0)
    discriminator, generator = Plain(), Generator()
    with pytest.raises(AssertionError, match="is allowed"):
        assert_exact(discriminator, loss, images(), generator(torch.randn(BATCH, 5)))


def test_assert_exact_raises_for_nan():
    discriminator, generator = Plain(), Generator()
    with torch.no_grad():
        discriminator.first.weight.mul_(float("inf"))
    with pytest.raises((AssertionError, ValueError), match="nan"):
        assert_exact(discriminator, "hinge", images(), generator(torch.randn(BATCH, 5)))


def test_relative_error():
    one, two = (nn.Parameter(torch.tensor([3.0, 4.0])) for _ in range(2))
    assert relative_error({one: torch.tensor([3.0, 4.0])}, {one: torch.tensor([3.0, 4.0])}) == 0
    found = relative_error({one: torch.tensor([3.0, 5.0])}, {one: torch.tensor([3.0, 4.0])})
    assert found == pytest.approx(0.2)
    # A tensor that one side lacks counts as zero, on either side.
    assert relative_error({}, {one: torch.tensor([3.0, 4.0])}) == 1
    both = {one: torch.tensor([3.0, 4.0]), two: torch.tensor([0.0, 5.0])}
    assert relative_error(both, {one: both[one]}) == pytest.approx(1)
    assert relative_error({}, {}) == 0
    assert relative_error({one: torch.zeros(2)}, {one: torch.zeros(2)}) == 0
