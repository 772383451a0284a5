"""Both players' gradients against two separate stages: losses x discriminators x strategies."""

import pytest
import torch
from tests._discriminators import MATRIX
from tests._measure import three_steps


@pytest.mark.parametrize(("loss", "name", "strategy"), MATRIX)
@pytest.mark.parametrize(
    ("dtype", "allowed"),
    [(torch.float64, 1e-12), (torch.float32, 1e-5)],
    ids=["float64", "float32"],
)
def test_three_consecutive_steps_are_exact(loss, name, strategy, dtype, allowed):
    for d_error, g_error, taken in three_steps(loss, name, strategy, dtype):
        assert taken == strategy
        assert d_error <= allowed
        assert g_error <= allowed
