import pytest
import torch
from tests._discriminators import BATCH, SIX_LOSSES, ZOO, Generator, exact_strategies, images
from tests._measure import errors
from torch import nn

from onestage import R1, OneStage
from onestage.testing import reference_gradients

F64 = torch.float64


def test_value_by_hand():
    """D(x) = w x: the gradient is w for every sample, whatever the batch."""
    weight = torch.tensor([3.0, 4.0])
    sample = torch.randn(7, 2, requires_grad=True)
    assert float(R1(0.5)(sample, sample @ weight)) == pytest.approx(0.5 / 2 * 25)


def test_value_of_a_quadratic():
    sample = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    # grad of x^2 is 2x: E 4 x^2 = 4 * 14 / 3
    value = R1(10.0)(sample, sample.square().view(3))
    assert float(value.detach()) == pytest.approx(5 * 4 * 14 / 3)


def test_logits_of_a_sample_are_summed():
    """A map of n equal logits has n times the gradient, n^2 times the penalty."""
    sample = torch.randn(3, 2, requires_grad=True)
    logit = sample.sum(1, keepdim=True)
    one = R1(1.0)(sample, logit)
    assert float(R1(1.0)(sample, logit.expand(3, 4))) == pytest.approx(16 * float(one))
    assert float(R1(1.0)(sample, [logit, logit])) == pytest.approx(4 * float(one))


def test_has_a_second_derivative():
    weight = torch.tensor([1.0, 2.0], dtype=F64, requires_grad=True)
    sample = torch.randn(4, 2, dtype=F64, requires_grad=True)
    R1(3.0)(sample, sample @ weight).backward()
    torch.testing.assert_close(weight.grad, 3.0 * weight.detach())  # d/dw gamma/2 |w|^2


@pytest.mark.parametrize(
    ("loss", "name", "strategy"),
    [
        (loss, name, strategy)
        for loss in ("minimax", "hinge", "relativistic")
        for name, row in ZOO.items()
        if name != "checkpoint"  # recomputation has no second derivative
        for strategy in exact_strategies(loss, row)
    ],
)
def test_exact_with_r1(loss, name, strategy):
    row = ZOO[name]
    discriminator, generator = row.build().double(), Generator().double()
    real_args, fake_args = row.conditions(BATCH)
    conditions = {"real_args": real_args, "fake_args": fake_args}
    real, fake = images(dtype=F64), generator(torch.randn(BATCH, 5, dtype=F64))
    penalties = [R1(2.0, every=4)]
    reference = reference_gradients(
        discriminator, loss, real, fake, penalties=penalties, **conditions
    )
    game = OneStage(discriminator, loss, penalties=penalties, strategy=strategy)
    step = game.backward(real, fake, **conditions)
    assert step.strategy == strategy
    assert max(errors(discriminator, generator, reference)) <= 1e-12


@pytest.mark.parametrize("loss", SIX_LOSSES)
def test_under_autocast(loss):
    discriminator, generator = nn.Sequential(nn.Flatten(), nn.Linear(72, 1)), Generator()
    game = OneStage(discriminator, loss, penalties=[R1(1.0)])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        step = game.backward(images(), generator(torch.randn(BATCH, 5)))
    expected = 0.5 * discriminator[1].weight.square().sum()
    torch.testing.assert_close(step.penalties["r1"], expected.detach(), rtol=0.02, atol=0.0)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [((-1.0,), r"weight=-1\.0.*>= 0"), ((float("nan"),), "weight=nan"), ((1.0, 0), r"every=0")],
)
def test_refuses(arguments, match):
    with pytest.raises(ValueError, match=match):
        R1(*arguments)
