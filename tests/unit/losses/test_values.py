"""Losses against numbers computed by hand."""

import inspect
import math

import pytest
import torch

from onestage import JointLoss, SeparableLoss
from onestage.losses import LOSSES, as_loss, build_loss, least_squares, relativistic_average

REAL = torch.tensor([0.0, 2.0], dtype=torch.float64)
FAKE = torch.tensor([0.0, -2.0], dtype=torch.float64)
LOG2 = math.log(2)
SOFT4 = math.log1p(math.exp(-4))  # softplus(-4)
SOFT = math.log1p(math.exp(-2))  # softplus(-2)

# name, L_D, L_G for r = (0, 2), f = (0, -2)
BY_HAND = [
    # softplus(-0) = log 2, softplus(-2); the same for the fakes.
    ("minimax", LOG2 + SOFT, -(LOG2 + SOFT) / 2),
    ("nonsaturating", LOG2 + SOFT, (LOG2 + 2 + SOFT) / 2),  # softplus(2) = 2 + softplus(-2)
    ("hinge", 0.5 + 0.5, 1.0),  # relu(1), relu(-1); relu(1), relu(-1)
    ("least_squares", 0.5 * 1.0 + 0.5 * 2.0, 0.5 * 5.0),  # (1 + 1)/2, (0 + 4)/2, (1 + 9)/2
    ("wasserstein", -2.0, 1.0),
    (
        "relativistic",
        (LOG2 + SOFT4) / 2,
        (LOG2 + 4 + SOFT4) / 2,
    ),
]

OVER_HEADS = sorted(
    name for name in LOSSES if "heads" in inspect.signature(LOSSES[name]).parameters
)


@pytest.mark.parametrize(("name", "d_loss", "g_loss"), BY_HAND)
def test_values(name, d_loss, g_loss):
    loss = build_loss(name)
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(d_loss, rel=1e-12)
    assert float(loss.generator_loss(REAL, FAKE)) == pytest.approx(g_loss, rel=1e-12)


@pytest.mark.parametrize(
    ("form", "d_loss", "g_loss"),
    [
        # E r = 1, E f = -1: r - E f = (1, 3), f - E r = (-1, -3).
        ("hinge", 0.0, (2 + 4) / 2 + (2 + 4) / 2),
        ("least_squares", (0 + 4) / 2 + (0 + 4) / 2, (4 + 16) / 2 + (4 + 16) / 2),
        (
            "softplus",
            math.log1p(math.exp(-1)) + math.log1p(math.exp(-3)),
            4 + math.log1p(math.exp(-1)) + math.log1p(math.exp(-3)),
        ),
    ],
)
def test_relativistic_average(form, d_loss, g_loss):
    loss = relativistic_average(form)
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(d_loss, rel=1e-12)
    assert float(loss.generator_loss(REAL, FAKE)) == pytest.approx(g_loss, rel=1e-12)


def test_least_squares_without_the_half():
    loss = least_squares(factor=1.0)
    assert float(loss.discriminator_loss(REAL, FAKE)) == pytest.approx(3.0)
    assert float(loss.generator_loss(REAL, FAKE)) == pytest.approx(5.0)


@pytest.mark.parametrize("name", OVER_HEADS)
@pytest.mark.parametrize(("heads", "factor"), [("sum", 3.0), ("mean", 1.0)])
def test_heads_are_added_or_averaged(name, heads, factor):
    one, three = build_loss(name), build_loss(name, heads=heads)
    real, fake = torch.rand(4).double(), -torch.rand(4).double()
    for term in ("discriminator_loss", "generator_loss"):
        single = getattr(one, term)(real, fake)
        listed = getattr(three, term)([real] * 3, [fake] * 3)
        nested = getattr(three, term)(
            {"a": (real, real), "b": real}, {"a": (fake, fake), "b": fake}
        )
        torch.testing.assert_close(listed, factor * single)
        torch.testing.assert_close(nested, factor * single)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_logits_selects(name):
    plain, selecting = build_loss(name), build_loss(name, logits=lambda out: out["logit"])
    real, fake = torch.rand(4), -torch.rand(4)
    features = torch.full((4, 3), float("nan"))
    for term in ("discriminator_loss", "generator_loss"):
        found = getattr(selecting, term)(
            {"logit": real, "features": features}, {"logit": fake, "features": features}
        )
        assert found.equal(getattr(plain, term)(real, fake))


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_mean_over_batch_and_positions(name):
    loss = build_loss(name)
    real, fake = torch.rand(2, 1, 3, 3).double(), -torch.rand(2, 1, 3, 3).double()
    for term in ("discriminator_loss", "generator_loss"):
        mapped = getattr(loss, term)(real, fake)
        flat = getattr(loss, term)(real.flatten(), fake.flatten())
        assert mapped.ndim == 0
        torch.testing.assert_close(mapped, flat)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_a_declared_reversal_holds(name):
    """dL_G/df = r dL_D/df wherever the logits lie."""
    loss = build_loss(name)
    if loss.reversal is None:
        pytest.skip("declares none")
    for shift in (-30.0, -3.0, 0.0, 3.0, 30.0):
        real = torch.randn(5, dtype=torch.float64)
        fake = (torch.randn(5, dtype=torch.float64) + shift).requires_grad_()
        (f,) = torch.autograd.grad(loss.discriminator_loss(real, fake), fake)
        (g,) = torch.autograd.grad(loss.generator_loss(real, fake), fake)
        factor = loss.reversal() if callable(loss.reversal) else loss.reversal
        torch.testing.assert_close(g, factor * f, rtol=1e-12, atol=0.0)


def test_which_ones_reverse():
    reversing = {name for name in LOSSES if build_loss(name).reversal is not None}
    assert {"minimax", "wasserstein"} <= reversing
    assert reversing.isdisjoint({"nonsaturating", "hinge", "least_squares", "relativistic"})


@pytest.mark.parametrize("name", ["minimax", "nonsaturating", "relativistic"])
@pytest.mark.parametrize("logit", [100.0, -100.0, 1e30, -1e30])
def test_large_logits_stay_finite(name, logit):
    loss = build_loss(name)
    real, fake = torch.full((3,), -logit), torch.full((3,), logit, requires_grad=True)
    for term in (loss.discriminator_loss, loss.generator_loss):
        value = term(real, fake)
        assert value.isfinite()
        assert torch.autograd.grad(value, fake)[0].isfinite().all()


def test_no_real_side():
    loss = build_loss("hinge")
    assert float(loss.discriminator_loss(None, FAKE)) == 0.5


@pytest.mark.parametrize("name", ["relativistic", "relativistic_average", "fisher"])
@pytest.mark.parametrize(("real", "found"), [([REAL, REAL], "2 real"), (None, "0 real")])
def test_heads_of_another_number_are_not_dropped(name, real, found):
    with pytest.raises(ValueError, match=rf"found {found} and 1 fake heads\. Give it a real batch"):
        build_loss(name).discriminator_loss(real, [FAKE])


def test_no_logits():
    with pytest.raises(ValueError, match=r"found no logits.*Return a tensor.*logits="):
        build_loss("hinge").discriminator_loss([], [])


@pytest.mark.parametrize("name", OVER_HEADS)
def test_unknown_heads(name):
    with pytest.raises(ValueError, match=r"heads='max'.*'sum' or 'mean'"):
        build_loss(name, heads="max")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("hinj", "hinge"), ("least-squares", "least_squares"), ("nonsaturatin", "nonsaturating")],
)
def test_unknown_name(name, hint):
    with pytest.raises(ValueError, match=rf"Unknown loss '{name}'.*Did you mean '{hint}'"):
        build_loss(name)


def test_as_loss():
    def scalar(*outputs):
        return outputs[0].mean()

    hinge = build_loss("hinge")
    assert as_loss(hinge) is hinge
    assert isinstance(as_loss("hinge"), SeparableLoss)
    assert isinstance(as_loss("relativistic"), JointLoss)
    pair, triple = as_loss((scalar, scalar)), as_loss((scalar, scalar, scalar))
    assert isinstance(pair, JointLoss) and pair.paired and pair.reversal is None
    assert isinstance(triple, SeparableLoss) and triple.reversal is None


@pytest.mark.parametrize("wrong", [None, 1, (), (len,), (len,) * 4, [len, len], (len, "hinge")])
def test_not_a_loss(wrong):
    with pytest.raises(ValueError, match=r"is not a loss.*Pass a name"):
        as_loss(wrong)
