import pytest
import torch
from torch import nn

from onestage import OneStage
from onestage.penalties import DRAGAN

W = torch.tensor([3.0, 4.0])


def test_a_linear_discriminator_by_hand():
    """||(3, 4)|| = 5, so 10 (5 - 1)^2 anywhere."""
    sample = torch.randn(6, 2, requires_grad=True)
    assert DRAGAN()(sample, sample @ W).item() == pytest.approx(160)
    assert DRAGAN(0.5)(sample, sample @ W).item() == pytest.approx(8)


def test_norms_are_taken_by_sample():
    """D = 1/2 ||x||^2 has the gradient x, of norms 5 and 1: 10 (16 + 0) / 2."""
    sample = torch.tensor([[3.0, 4.0], [0.0, 1.0]], requires_grad=True)
    assert DRAGAN()(sample, 0.5 * sample.square().sum(1)).item() == pytest.approx(80)


def test_a_gradient_of_zero_stays_differentiable():
    weight, sample = torch.zeros(2, requires_grad=True), torch.randn(3, 2, requires_grad=True)
    value = DRAGAN()(sample, sample @ weight)
    value.backward()
    assert value.item() == pytest.approx(10)
    assert weight.grad.isfinite().all()


def test_points_lie_up_to_half_a_standard_deviation_above_real_samples():
    real = torch.tensor([[0.0, 4.0], [2.0, 6.0]]).repeat(500, 1)  # mean 3, variance 5
    moved = DRAGAN().points(real, None) - real
    half = 0.5 * 5**0.5
    assert 0 <= moved.min() <= moved.max() <= half
    assert moved.mean().item() == pytest.approx(half / 2, rel=0.05)
    assert moved.std().item() == pytest.approx(half / 12**0.5, rel=0.05)


def test_points_of_a_constant_batch_and_of_integers_stay():
    constant, labels = torch.full((3, 2), 0.7), torch.arange(3)
    points = DRAGAN().points((constant, labels), None)
    assert torch.allclose(points[0], constant)
    assert torch.equal(points[1], labels)


def test_points_come_from_the_global_generator():
    real = torch.randn(4, 2)
    torch.manual_seed(3)
    first = DRAGAN().points(real, None)
    torch.manual_seed(3)
    assert torch.equal(first, DRAGAN().points(real, None))


@pytest.mark.parametrize("every", [1, 4])
def test_in_a_game(every):
    """d/dw of 10 (||w|| - 1)^2 is 20 (5 - 1) w / 5 = 16 w, `every` times as strong."""
    discriminator = nn.Linear(2, 1, bias=False).double()
    with torch.no_grad():
        discriminator.weight.copy_(W)
    found = {}
    for weight in (0.0, 10.0):
        discriminator.zero_grad()
        real, fake = torch.zeros(4, 2).double(), torch.ones(4, 2).double().requires_grad_()
        penalties = [DRAGAN(weight, every)]
        game = OneStage(lambda x: discriminator(x).view(-1), "hinge", penalties=penalties)
        step = game.backward(real, fake)
        assert step.penalties["dragan"].item() == pytest.approx(16 * weight)
        found[weight] = discriminator.weight.grad.clone(), fake.grad.clone()
    torch.testing.assert_close(found[10.0][0] - found[0.0][0], every * 16 * W.double().view(1, 2))
    assert torch.equal(found[10.0][1], found[0.0][1])


def test_it_needs_real_samples():
    fake = torch.ones(4, 2, requires_grad=True)
    with pytest.raises(ValueError, match="'dragan' needs real samples"):
        OneStage(nn.Linear(2, 1), "wasserstein", penalties=[DRAGAN()]).backward(None, fake)


def test_impossible_options():
    with pytest.raises(ValueError, match="a penalty's weight is a number >= 0"):
        DRAGAN(-1.0)
    with pytest.raises(ValueError, match="every=0"):
        DRAGAN(every=0)
