import sys

import pytest
import torch

from onestage.metrics import frechet_distance, kernel_distance


def _gaussian(num_samples, mean=0.0, std=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(num_samples, 4, generator=generator, dtype=torch.float64)
    return mean + std * noise


def test_frechet_distance_of_gaussians():
    real, fake = _gaussian(20_000), _gaussian(20_000, mean=1.0, std=3.0, seed=1)
    # |m1 - m2|^2 + sum (s1 - s2)^2 over four dimensions
    assert frechet_distance(real, fake) == pytest.approx(4 * 1.0 + 4 * 4.0, rel=0.03)


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_frechet_distance_of_equal_sets_is_zero(offset):
    features = _gaussian(500) + offset
    assert 0 <= frechet_distance(features, features) < 1e-9


def test_frechet_distance_where_a_covariance_is_singular():
    real, fake = _gaussian(3), _gaussian(100)
    real[:, 0], fake[:, 0] = 0.0, 0.0
    assert 0 < frechet_distance(real, fake) < 100


def test_kernel_distance_tells_sets_apart():
    real = _gaussian(1500)
    same, _ = kernel_distance(real, _gaussian(1500, seed=1))
    other, std = kernel_distance(real, _gaussian(1500, mean=0.5, seed=1))
    assert abs(same) < 0.02 < 0.2 < other
    assert std > 0


def test_kernel_distance_is_a_function_of_its_seed():
    real, fake = _gaussian(600), _gaussian(600, mean=0.1, seed=1)
    before = torch.get_rng_state()
    first = kernel_distance(real, fake, seed=3)
    torch.rand(1)
    assert kernel_distance(real, fake, seed=3) == first
    assert kernel_distance(real, fake, seed=4) != first
    torch.set_rng_state(before)
    kernel_distance(real, fake, seed=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_kernel_distance_of_few_samples():
    kernel_distance(_gaussian(10), _gaussian(7))


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
@pytest.mark.parametrize(
    "real, fake, message",
    [
        (torch.zeros(5, 3), torch.zeros(5, 4), "cannot be compared"),
        (torch.zeros(5), torch.zeros(5), "cannot be compared"),
        (torch.zeros(5, 3), torch.zeros(1, 3), "no spread"),
    ],
)
def test_features_that_do_not_fit(distance, real, fake, message):
    with pytest.raises(ValueError, match=message):
        distance(real, fake)


@pytest.mark.parametrize("distance, module", [(frechet_distance, "fid"), (kernel_distance, "kid")])
def test_a_missing_library_is_named(distance, module, monkeypatch):
    monkeypatch.setitem(sys.modules, f"torchmetrics.image.{module}", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'onestage\[demo\]'"):
        distance(_gaussian(4), _gaussian(4))
