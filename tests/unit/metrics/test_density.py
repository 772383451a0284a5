import pytest
import torch
from tests.unit.metrics._sets import gaussian

from onestage.metrics import Balls, density


def test_a_set_against_itself_has_one():
    assert density(gaussian(300), gaussian(300)) == pytest.approx(1, abs=1e-12)


def test_equal_distributions_have_one_on_average():
    values = [density(gaussian(400, seed=n), gaussian(400, seed=n + 50)) for n in range(8)]
    assert sum(values) / 8 == pytest.approx(1, abs=0.03)


def test_a_far_shift_has_none():
    assert density(gaussian(300), gaussian(300) + 100) == 0


def test_a_crowd_has_more_than_one():
    assert density(gaussian(300), gaussian(300, std=0.3, seed=1)) > 1.1


def test_a_line_by_hand():
    real = torch.tensor([[0.0], [1.0], [3.0]])  # radii for k = 2: 3, 2, 3
    fake = torch.tensor([[0.5], [2.0]])  # in 3 and in 3 open balls
    assert density(real, fake, k=2) == 6 / (2 * 2)


def test_an_outlier_adds_little():
    """Its one ball holds all the fakes, so that they are all precise."""
    real, fake = gaussian(300), gaussian(300, seed=1) + 100
    real[0] = 250.0
    assert density(real, fake) == pytest.approx(1 / 5)


def test_known_balls_give_the_same():
    real, fake = gaussian(300), gaussian(200, std=1.5, seed=1)
    assert density(real, fake, k=4) == density(real, fake, k=4, real_balls=Balls(real, 4))
