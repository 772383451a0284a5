import math

import pytest
import torch

from onestage.metrics import count_modes

CENTRES = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def test_by_hand():
    points = torch.tensor([[0.0, 2.9], [0.0, 3.1], [9.0, 1.0], [5.0, 5.0]])
    modes = count_modes(points, CENTRES, std=1.0)
    assert modes.counts == (1, 1, 0)
    assert (modes.num_modes, modes.good_share) == (2, 0.5)


def test_how_far_and_how_many():
    points = torch.tensor([[0.0, 2.9], [0.0, 3.1], [9.0, 1.0], [5.0, 5.0]])
    assert count_modes(points, CENTRES, std=1.0, radius=4).counts == (2, 1, 0)
    assert count_modes(points, CENTRES, std=1.0, radius=4, min_samples=2).num_modes == 1


def test_a_gaussian_has_its_share_within_three_deviations():
    noise = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0))
    share = count_modes(0.1 * noise, CENTRES, std=0.1).good_share
    assert share == pytest.approx(1 - math.exp(-4.5), abs=0.002)


def test_a_point_is_counted_once():
    """Where balls overlap it belongs to the nearer centre."""
    modes = count_modes(torch.tensor([[4.0, 0.0]]), CENTRES, std=5.0)
    assert modes.counts == (1, 0, 0)


@pytest.mark.parametrize(
    "points, centres, std, message",
    [
        (torch.zeros(4, 3), CENTRES, 1.0, r"\[4, 3\] do not fit"),
        (torch.zeros(4), CENTRES, 1.0, "do not fit"),
        (torch.zeros(0, 2), CENTRES, 1.0, "0 points"),
        (torch.zeros(4, 2), CENTRES, 0.0, "positive std"),
        (torch.full((4, 2), math.nan), CENTRES, 1.0, "diverged"),
    ],
)
def test_what_has_no_modes(points, centres, std, message):
    with pytest.raises(ValueError, match=message):
        count_modes(points, centres, std=std)
