import pytest
import torch
from torch import nn

from onestage import OneStage
from onestage.penalties import R1, R2

W = torch.tensor([3.0, 4.0])


def _sample():
    return torch.tensor([[1.0, 2.0], [0.0, -2.0]], requires_grad=True)


def test_a_linear_discriminator_by_hand():
    sample = _sample()
    assert R2(0.5)(sample, sample @ W).item() == pytest.approx(0.5 / 2 * 25)


def test_a_quadratic_discriminator_by_hand():
    """D = ||x||^2 has the gradient 2 x: E 4 ||x||^2 = 4 (5 + 4) / 2."""
    sample = _sample()
    assert R2(1.0)(sample, sample.square().sum(1)).item() == pytest.approx(0.5 * 18)


def test_heads_and_positions_are_summed_before_the_norm():
    sample = _sample()
    heads = {"a": sample @ W, "map": sample[:, None, :]}  # gradient (3 + 1, 4 + 1)
    assert R2(2.0)(sample, heads).item() == pytest.approx(16 + 25)


def test_the_sample_may_be_nested():
    first, second = _sample(), _sample()
    logits = first @ W + 2 * second.sum(1)  # squared norms 25 and 8
    assert R2(2.0)((first, second), logits).item() == pytest.approx(33)


def test_it_is_r1_on_the_other_side():
    sample = _sample()
    logits = sample.pow(3).sum(1)
    assert torch.equal(R2(0.7)(sample, logits), R1(0.7)(sample, logits))
    assert (R1.branch, R2.branch, R2.name) == ("real", "fake", "r2")


@pytest.mark.parametrize("every", [1, 3])
def test_in_a_game_it_acts_on_fakes_and_on_the_discriminator_alone(every):
    discriminator = nn.Linear(2, 1, bias=False).double()
    with torch.no_grad():
        discriminator.weight.copy_(W)
    found = {}
    for weight in (0.0, 0.5):
        real, fake = torch.zeros(4, 2).double(), torch.ones(4, 2).double().requires_grad_()
        discriminator.zero_grad()
        game = OneStage(lambda x: discriminator(x).view(-1), "hinge", penalties=[R2(weight, every)])
        step = game.backward(real, fake)
        assert step.penalties["r2"].item() == pytest.approx(weight / 2 * 25)
        found[weight] = discriminator.weight.grad.clone(), fake.grad.clone()
    # d/dw of 1/2 weight ||w||^2 is weight w, `every` times as strong.
    added = found[0.5][0] - found[0.0][0]
    torch.testing.assert_close(added, every * 0.5 * W.double().view(1, 2))
    assert torch.equal(found[0.5][1], found[0.0][1])


def test_impossible_options():
    for weight in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="a penalty's weight is a number >= 0"):
            R2(weight)
    with pytest.raises(ValueError, match="every=0"):
        R2(1.0, every=0)
