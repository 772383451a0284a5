import sys

import pytest
import torch
from tests.unit.metrics._sets import gaussian

from onestage.metrics import frechet_distance, kernel_distance


def test_gaussians_along_the_axes():
    real, fake = gaussian(20_000), gaussian(20_000, mean=1.0, std=3.0, seed=1)
    # |m1 - m2|^2 + sum (s1 - s2)^2 over four dimensions
    assert frechet_distance(real, fake) == pytest.approx(4 * 1.0 + 4 * 4.0, rel=0.03)


def _with_moments(mean, covariance, num_samples=500, seed=0):
    """Samples whose own mean and covariance are exactly those."""
    noise = gaussian(num_samples, seed=seed)
    noise = noise - noise.mean(dim=0)
    whitened = torch.linalg.solve_triangular(
        torch.linalg.cholesky(noise.T.cov()), noise.T, upper=False
    )
    return (torch.linalg.cholesky(covariance) @ whitened).T + mean


def _root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ values.clamp(min=0).sqrt().diag() @ vectors.T


def test_gaussians_that_do_not_commute():
    """The closed form, by another root than the one that is used."""
    first, second = gaussian(6, seed=2), gaussian(6, seed=3)
    c1, c2 = first.T @ first / 6, second.T @ second / 6
    assert not torch.allclose(c1 @ c2, c2 @ c1)
    m1, m2 = torch.zeros(4).double(), torch.arange(4).double()
    cross = _root(_root(c1) @ c2 @ _root(c1))
    expected = 14 + (c1 + c2 - 2 * cross).trace()
    found = frechet_distance(_with_moments(m1, c1), _with_moments(m2, c2, 300, seed=1))
    assert found == pytest.approx(expected.item(), rel=1e-9)


def test_a_shift_is_its_square():
    features = gaussian(500)
    assert frechet_distance(features, features + 3) == pytest.approx(4 * 9, rel=1e-9)


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_equal_sets_are_at_zero(offset):
    features = gaussian(500) + offset
    assert 0 <= frechet_distance(features, features) < 1e-9


def test_a_singular_covariance():
    real, fake = gaussian(3), gaussian(100)
    real[:, 0], fake[:, 0] = 0.0, 0.0
    assert 0 < frechet_distance(real, fake) < 100


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchmetrics.image.fid", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'onestage\[demo\]'"):
        frechet_distance(gaussian(4), gaussian(4))


def test_one_of_several_processes_measures_by_itself(monkeypatch):
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)  # by no group at all
    real, fake = torch.randn(50, 4), torch.randn(50, 4)
    assert frechet_distance(real, fake) > 0
    assert kernel_distance(real, fake)[1] >= 0
