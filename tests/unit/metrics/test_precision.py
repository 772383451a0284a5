import pytest
import torch
from tests.unit.metrics._sets import gaussian

from onestage.metrics import Balls, precision, recall


def test_equal_sets_have_all():
    features = gaussian(300)
    assert precision(features, features) == recall(features, features) == 1


def test_a_far_shift_has_nothing():
    features = gaussian(300)
    assert precision(features, features + 100) == recall(features, features + 100) == 0


def test_half_of_the_fakes_are_outside():
    real, fake = gaussian(300), gaussian(300)
    fake[:150] += 100
    assert precision(real, fake) == 0.5


def test_a_collapsed_generator_is_precise():
    real = gaussian(300)
    fake = real[:1] + 1e-3 * gaussian(300, seed=1)
    assert precision(real, fake) == 1
    assert recall(real, fake) < 0.02


def test_a_line_by_hand():
    real = torch.tensor([[0.0], [1.0], [2.0], [3.0]])
    fake = torch.tensor([[-1.0], [1.5], [3.5], [4.5]])
    assert precision(real, fake, k=1) == 0.75  # radii are 1: -1 lies on a border, 4.5 outside


def test_known_balls_give_the_same():
    real, fake = gaussian(300), gaussian(200, std=1.5, seed=1)
    expected = precision(real, fake, k=4)
    assert 0 < expected < 1
    assert precision(real, fake, real_balls=Balls(real, 4)) == expected


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_features_of_any_type(dtype):
    real = gaussian(100).to(dtype)
    assert precision(real, real) == 1
