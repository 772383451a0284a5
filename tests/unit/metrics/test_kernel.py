import sys

import pytest
import torch
from tests.unit.metrics._sets import gaussian

from onestage.metrics import kernel_distance


def test_sets_are_told_apart():
    real = gaussian(1500)
    same, _ = kernel_distance(real, gaussian(1500, seed=1))
    other, std = kernel_distance(real, gaussian(1500, mean=0.5, seed=1))
    assert abs(same) < 0.02 < 0.2 < other
    assert std > 0


def test_two_pairs_by_hand():
    """In one dimension, with all samples in the one subset."""
    real = torch.tensor([[0.0], [1.0]])
    fake = torch.tensor([[2.0], [3.0]])
    # k(a, b) = (ab + 1)^3: k(0, 1) = 1, k(2, 3) = 343, and across 1, 1, 27, 64
    expected = 1 + 343 - 2 * (1 + 1 + 27 + 64) / 4
    mean, std = kernel_distance(real, fake, subsets=3)
    assert mean == pytest.approx(expected, rel=1e-12)
    assert std == pytest.approx(0, abs=1e-9)


def test_a_function_of_its_seed():
    real, fake = gaussian(600), gaussian(600, mean=0.1, seed=1)
    before = torch.get_rng_state()
    first = kernel_distance(real, fake, seed=3)
    torch.rand(1)
    assert kernel_distance(real, fake, seed=3) == first
    assert kernel_distance(real, fake, seed=4) != first
    torch.set_rng_state(before)
    kernel_distance(real, fake, seed=3)
    assert torch.equal(torch.get_rng_state(), before)


def test_few_samples():
    mean, std = kernel_distance(gaussian(10), gaussian(7))
    assert abs(mean) < 5
    assert std >= 0


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchmetrics.image.kid", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'onestage\[demo\]'"):
        kernel_distance(gaussian(4), gaussian(4))
