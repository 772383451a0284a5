import pytest
import torch
from tests.unit.metrics._sets import gaussian

from onestage.metrics import Balls, coverage


def test_a_set_against_itself_has_one():
    assert coverage(gaussian(300), gaussian(300)) == 1


@pytest.mark.parametrize("k", [1, 3, 5])
def test_equal_distributions_have_what_the_paper_derives(k):
    values = [coverage(gaussian(400, seed=n), gaussian(400, seed=n + 50), k=k) for n in range(8)]
    assert sum(values) / 8 == pytest.approx(1 - 2**-k, abs=0.02)


def test_a_far_shift_has_none():
    assert coverage(gaussian(300), gaussian(300) + 100) == 0


def test_half_of_the_real_are_missed():
    real, fake = gaussian(300), gaussian(300)
    real[:150] += 100
    assert coverage(real, fake) == 0.5


def test_a_generated_outlier_adds_nothing():
    real, fake = gaussian(300), gaussian(300, seed=1) + 100
    assert coverage(real, torch.cat([fake, torch.full((1, 4), -100.0)])) == 0


def test_a_line_by_hand():
    real = torch.tensor([[0.0], [1.0], [3.0]])  # radii 1, 1, 2
    assert coverage(real, torch.tensor([[5.0], [6.0]]), k=1) == 1 / 3
    assert coverage(real, torch.tensor([[2.0]]), k=1) == 2 / 3


def test_known_balls_give_the_same():
    real, fake = gaussian(300), gaussian(200, std=1.5, seed=1)
    assert coverage(real, fake, k=4) == coverage(real, fake, real_balls=Balls(real, 4))
