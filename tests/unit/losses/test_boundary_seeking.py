from math import exp, log, log1p

import pytest
import torch

from onestage.losses import boundary_seeking

R, F = torch.tensor([0.0, log(3)]), torch.tensor([0.0, 2.0])


def test_values_by_hand():
    loss = boundary_seeking()
    # softplus(-0) = log 2, softplus(-log 3) = log(4 / 3), softplus(2) = 2 + log(1 + e^-2)
    on_real, on_fake = (log(2) + log(4 / 3)) / 2, (log(2) + 2 + log1p(exp(-2))) / 2
    assert loss.discriminator_loss(R, F).item() == pytest.approx(on_real + on_fake, rel=1e-6)
    assert loss.discriminator_loss(None, F).item() == pytest.approx(on_fake, rel=1e-6)
    assert loss.generator_loss(R, F).item() == pytest.approx(0.5 * (0 + 4) / 2)


def test_the_generators_term_is_the_papers():
    """1/2 E (log D - log(1 - D))^2 with D = sigmoid(f)."""
    f = torch.linspace(-5, 5, 11, dtype=torch.float64)
    d = f.sigmoid()
    papers = 0.5 * (d.log() - (1 - d).log()).square().mean()
    torch.testing.assert_close(boundary_seeking().generator_loss(None, f), papers)


def test_the_generator_rests_at_the_boundary():
    f = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    boundary_seeking().generator_loss(None, f).backward()
    assert f.grad.tolist() == pytest.approx([-2 / 3, 0, 1])


def test_heads():
    outputs = ([R, R], [F, F])
    for heads, factor in (("sum", 2), ("mean", 1)):
        loss, single = boundary_seeking(heads=heads), boundary_seeking()
        for term in ("discriminator_loss", "generator_loss"):
            found, one = getattr(loss, term)(*outputs), getattr(single, term)(R, F)
            assert found.item() == pytest.approx(factor * one.item())


def test_there_is_no_reversal():
    assert boundary_seeking().reversal is None
