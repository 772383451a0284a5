import pytest
import torch
from torch import nn

from onestage import OneStage
from onestage.penalties import GradientPenalty

W = torch.tensor([3.0, 4.0])


def test_a_linear_discriminator_by_hand():
    """||(3, 4)|| = 5 anywhere: 10 (5 - 1)^2, and 2 (5 - 0)^2 for the target 0."""
    sample = torch.randn(6, 2, requires_grad=True)
    assert GradientPenalty()(sample, sample @ W).item() == pytest.approx(160)
    assert GradientPenalty(2.0, target=0.0)(sample, sample @ W).item() == pytest.approx(50)


def test_norms_are_taken_by_sample():
    """D = 1/2 ||x||^2 has the gradient x, of norms 5 and 1: 10 (16 + 0) / 2."""
    sample = torch.tensor([[3.0, 4.0], [0.0, 1.0]], requires_grad=True)
    value = GradientPenalty()(sample, 0.5 * sample.square().sum(1))
    assert value.item() == pytest.approx(80)


def test_both_sides_of_the_target_are_punished():
    sample = torch.randn(2, 2, requires_grad=True)
    for length in (0.5, 1.5):
        value = GradientPenalty(4.0)(sample, sample @ (W / 5 * length))
        assert value.item() == pytest.approx(1)


def test_points_lie_uniformly_between_the_pairs():
    real, fake = torch.zeros(4000, 2), torch.tensor([2.0, -6.0]).repeat(4000, 1)
    points = GradientPenalty().points(real, fake)
    t = points[:, 0] / 2
    torch.testing.assert_close(points[:, 1], -6 * t)  # one t for each pair
    assert 0 <= t.min() <= t.max() <= 1
    assert t.mean().item() == pytest.approx(1 / 2, abs=0.02)
    assert t.std().item() == pytest.approx(1 / 12**0.5, abs=0.02)


def test_points_come_from_the_global_generator_and_integers_are_the_real_ones():
    real, fake = (torch.zeros(3, 2), torch.arange(3)), (torch.ones(3, 2), torch.arange(3, 6))
    torch.manual_seed(3)
    first = GradientPenalty().points(real, fake)
    torch.manual_seed(3)
    again = GradientPenalty().points(real, fake)
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], real[1])


def test_samples_that_cannot_be_paired():
    with pytest.raises(ValueError, match=r"pairs real with fake.*\(3, 2\).*\(4, 2\).*same size"):
        GradientPenalty().points(torch.zeros(3, 2), torch.zeros(4, 2))


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
        penalties = [GradientPenalty(weight, every=every)]
        step = OneStage(discriminator, "wasserstein", penalties=penalties).backward(real, fake)
        assert step.strategy == "reversal"
        assert step.penalties["gradient_penalty"].item() == pytest.approx(16 * weight)
        found[weight] = discriminator.weight.grad.clone(), fake.grad.clone()
    torch.testing.assert_close(found[10.0][0] - found[0.0][0], every * 16 * W.double().view(1, 2))
    assert torch.equal(found[10.0][1], found[0.0][1])


def test_impossible_options():
    with pytest.raises(ValueError, match="a penalty's weight is a number >= 0"):
        GradientPenalty(-1.0)
    with pytest.raises(ValueError, match="every=0"):
        GradientPenalty(every=0)
