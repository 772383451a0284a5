import pytest
import torch
from tests.unit.metrics._sets import gaussian

from onestage.metrics import precision, recall


def test_it_is_precision_the_other_way_round():
    real, fake = gaussian(300), gaussian(200, std=1.5, seed=1)
    assert recall(real, fake, k=4) == precision(fake, real, k=4)
    assert recall(real, fake) != precision(real, fake)


def test_half_of_the_real_are_missed():
    real, fake = gaussian(300), gaussian(300)
    real[:150] += 100
    assert recall(real, fake) == 0.5


def test_a_line_by_hand():
    real = torch.tensor([[0.0], [2.0], [5.0], [9.0]])
    fake = torch.tensor([[1.0], [3.0]])
    assert recall(real, fake, k=1) == 0.75  # both radii are 2: 9 is out of reach


def test_too_few_fakes():
    with pytest.raises(ValueError, match="3 samples have no neighbour number 3"):
        recall(gaussian(10), gaussian(3))
