import pytest
import torch

from onestage.bench._ratios import quartiles, ratio_with_interval


def test_the_ratio_is_that_of_the_medians():
    ratio, low, high = ratio_with_interval([2.0, 4.0, 100.0], [1.0, 2.0, 3.0])
    assert ratio == 2
    assert low <= 2 <= high


def test_rounds_are_drawn_in_pairs():
    """A load that slows both alike widens nothing."""
    faster = torch.linspace(1, 5, 21).tolist()
    assert ratio_with_interval([2 * t for t in faster], faster) == pytest.approx((2, 2, 2))


def test_an_interval_narrows_with_the_rounds():
    def width(rounds):
        times = torch.rand(2, rounds, generator=torch.Generator().manual_seed(0)) + 1
        _, low, high = ratio_with_interval(*times.tolist())
        return high - low

    assert width(400) < width(20) / 2


def test_quartiles():
    assert quartiles([5.0, 1.0, 2.0, 4.0, 3.0]) == (2, 3, 4)
