from math import exp, log

import pytest
import torch

from onestage.losses import f_gan, minimax
from onestage.losses._f_gan import DIVERGENCES

NAMES = tuple(DIVERGENCES)
names = pytest.mark.parametrize("name", NAMES)
V = torch.linspace(-4, 4, 41, dtype=torch.float64)


def a(name, v):
    """The output activations as the paper's table 6 has them."""
    return {
        "kl": lambda: v,
        "reverse_kl": lambda: -torch.exp(-v),
        "pearson": lambda: v,
        "squared_hellinger": lambda: 1 - torch.exp(-v),
        "jensen_shannon": lambda: log(2) - torch.log(1 + torch.exp(-v)),
        "gan": lambda: -torch.log(1 + torch.exp(-v)),
    }[name]()


def s(name, t):
    """The conjugates as the paper's table 6 has them."""
    return {
        "kl": lambda: torch.exp(t - 1),
        "reverse_kl": lambda: -1 - torch.log(-t),
        "pearson": lambda: t**2 / 4 + t,
        "squared_hellinger": lambda: t / (1 - t),
        "jensen_shannon": lambda: -torch.log(2 - torch.exp(t)),
        "gan": lambda: -torch.log(1 - torch.exp(t)),
    }[name]()


def f(name, u):
    """The divergences' own functions (table 1)."""
    return {
        "kl": lambda: u * u.log(),
        "reverse_kl": lambda: -u.log(),
        "pearson": lambda: (u - 1) ** 2,
        "squared_hellinger": lambda: (u.sqrt() - 1) ** 2,
        "jensen_shannon": lambda: -(u + 1) * ((1 + u) / 2).log() + u * u.log(),
        "gan": lambda: u * u.log() - (u + 1) * (u + 1).log(),
    }[name]()


# (v, a(v), s(a(v))) by hand
BY_HAND = [
    ("kl", 0.0, 0.0, exp(-1)),
    ("kl", 1.0, 1.0, 1.0),
    ("reverse_kl", 0.0, -1.0, -1.0),
    ("reverse_kl", log(2), -0.5, log(2) - 1),
    ("pearson", 2.0, 2.0, 3.0),
    ("pearson", -2.0, -2.0, -1.0),
    ("squared_hellinger", 0.0, 0.0, 0.0),
    ("squared_hellinger", log(2), 0.5, 1.0),
    ("jensen_shannon", 0.0, 0.0, 0.0),
    ("jensen_shannon", log(3), log(3 / 2), log(2)),
    ("gan", 0.0, -log(2), log(2)),
    ("gan", log(3), log(3 / 4), log(4)),
]


@pytest.mark.parametrize(("name", "v", "t", "conjugate"), BY_HAND)
def test_values_by_hand(name, v, t, conjugate):
    zero, at_v = torch.zeros(2, dtype=torch.float64), torch.tensor([v], dtype=torch.float64)
    saturating, alternative = f_gan(name), f_gan(name, saturating=False)
    at_zero = next((row[3] for row in BY_HAND if row[:2] == (name, 0.0)), 0.0)  # Pearson: 0
    for loss in (saturating, alternative):
        assert loss.discriminator_loss(at_v, zero).item() == pytest.approx(-t + at_zero, abs=1e-12)
        assert loss.discriminator_loss(None, at_v).item() == pytest.approx(conjugate, abs=1e-12)
    assert saturating.generator_loss(None, at_v).item() == pytest.approx(-conjugate, abs=1e-12)
    assert alternative.generator_loss(None, at_v).item() == pytest.approx(-t, abs=1e-12)


def test_every_divergence_has_a_row():
    assert {row[0] for row in BY_HAND} == set(NAMES)


@names
def test_closed_forms_are_the_compositions(name):
    ours = DIVERGENCES[name]
    torch.testing.assert_close(ours.activation(V), a(name, V), rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(ours.conjugate(V), s(name, a(name, V)), rtol=1e-10, atol=1e-12)


@names
def test_the_conjugate_is_one(name):
    """f*(t) = sup over u of u t - f(u).

    Pearson's is over all u, as the paper has it; over u > 0 it would be -1 below t = -2.
    """
    u = torch.logspace(-9, 9, 40_001, dtype=torch.float64)
    v = V[5:-5:3]
    t = a(name, v[v >= -2] if name == "pearson" else v)[:, None]
    supremum = (u * t - f(name, u)).max(1).values
    torch.testing.assert_close(s(name, t[:, 0]), supremum, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["jensen_shannon", "gan"])
@pytest.mark.parametrize("saturating", [True, False])
def test_large_logits_stay_finite_in_float32(name, saturating):
    loss = f_gan(name, saturating=saturating)
    logits = torch.tensor([-200.0, 200.0], requires_grad=True)
    total = loss.discriminator_loss(logits, logits) + loss.generator_loss(logits, logits)
    total.backward()
    assert total.isfinite()
    assert logits.grad.isfinite().all()


@names
def test_only_the_saturating_form_declares_the_reversal(name):
    """And its declaration is true: dL_G/df = -dL_D/df."""
    assert f_gan(name).reversal == -1.0
    assert f_gan(name, saturating=False).reversal is None
    fake = V.clone().requires_grad_()
    loss = f_gan(name)
    (for_d,) = torch.autograd.grad(loss.discriminator_loss(V, fake), fake)
    (for_g,) = torch.autograd.grad(loss.generator_loss(V, fake), fake)
    assert torch.equal(for_g, -for_d)


def test_gan_is_the_minimax_loss():
    for term in ("discriminator_loss", "generator_loss"):
        torch.testing.assert_close(
            getattr(f_gan("gan"), term)(V, V), getattr(minimax(), term)(V, V)
        )


def test_unknown_divergence():
    with pytest.raises(ValueError, match=r"divergence='renyi': known divergences are kl, "):
        f_gan("renyi")
