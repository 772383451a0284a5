import pytest
import torch
from tests.unit.metrics._sets import gaussian

from onestage.metrics import Balls, _balls


@pytest.mark.parametrize("k", [1, 3, 99])
def test_radii_reach_to_the_neighbour(k):
    features = gaussian(100)
    distances = torch.cdist(features, features, compute_mode="donot_use_mm_for_euclid_dist")
    expected = distances.sort(dim=1).values[:, k].square()
    torch.testing.assert_close(Balls(features, k).squared_radii, expected)


def test_a_line_by_hand():
    balls = Balls(torch.tensor([[0.0], [1.0], [3.0]]), 1)
    assert balls.squared_radii.tolist() == pytest.approx([1, 1, 4])
    points = torch.tensor([[-1.0], [2.0], [0.5], [6.0]])
    assert balls.contain(points).tolist() == [True, True, True, False]  # closed
    assert balls.count(points).tolist() == [0, 1, 2, 0]  # open
    assert balls.hit_by(points[:1]).tolist() == [True, False, False]


@pytest.mark.parametrize("block", [1, 250, 1000])
def test_blocks_change_nothing(block, monkeypatch):
    real, fake = gaussian(100), gaussian(90, std=2.0, seed=1)

    def all_of_it():
        balls = Balls(real, 3)
        return balls.squared_radii, balls.contain(fake), balls.count(fake), balls.hit_by(fake)

    whole = all_of_it()
    monkeypatch.setattr(_balls, "_BLOCK_ELEMENTS", block)
    for one, other in zip(whole, all_of_it(), strict=True):
        torch.testing.assert_close(one.double(), other.double(), rtol=1e-12, atol=0)


def test_a_block_is_all_the_memory(monkeypatch):
    monkeypatch.setattr(_balls, "_BLOCK_ELEMENTS", 500)
    blocks = list(_balls._squared_distances(gaussian(1000), gaussian(100)))
    assert {tuple(block.shape) for block in blocks} == {(5, 100)}
    assert len(blocks) == 200


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_equal_samples_are_found_equal(offset):
    """A set of pairs: the nearest neighbour of each is itself once more."""
    features = (gaussian(50) + offset).repeat(2, 1)
    balls = Balls(features, 1)
    assert (balls.squared_radii == 0).all()
    assert balls.contain(features).all()
    assert not balls.contain(features + 1e-3).any()


@pytest.mark.parametrize("count, k", [(3, 3), (0, 1), (5, 0)])
def test_too_few_for_a_neighbour(count, k):
    with pytest.raises(ValueError, match=f"{count} samples have no neighbour number {k}"):
        Balls(torch.zeros(count, 2), k)
