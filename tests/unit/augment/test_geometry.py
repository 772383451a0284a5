import math

import pytest
import torch

from onestage.augment._draw import Draw
from onestage.augment._geometry import _anisotropic, _isotropic, _rotate, _shift, geometry
from onestage.augment._matrices import is_identity

MANY = 4000
ALWAYS = torch.tensor(1.0)


def _like(height=16, width=16):
    return Draw(torch.zeros(1, 1, 1, 1, dtype=torch.float64).expand(MANY, 1, height, width))


def test_isotropic_scaling_is_lognormal():
    matrix = _isotropic(_like(), ALWAYS)
    octaves = matrix[:, 0, 0].log2()
    assert torch.equal(matrix[:, 0, 0], matrix[:, 1, 1])
    assert octaves.mean().item() == pytest.approx(0, abs=0.02)
    assert octaves.std().item() == pytest.approx(0.2, rel=0.05)


def test_anisotropic_scaling_keeps_the_area():
    matrix = _anisotropic(_like(), ALWAYS)
    assert matrix[:, 0, 0].log2().std().item() == pytest.approx(0.2, rel=0.05)
    torch.testing.assert_close(matrix[:, 0, 0] * matrix[:, 1, 1], torch.ones_like(matrix[:, 0, 0]))


def test_rotations_are_uniform():
    matrix = _rotate(_like(), ALWAYS)
    angle = torch.atan2(matrix[:, 1, 0], matrix[:, 0, 0])
    assert angle.mean().item() == pytest.approx(0, abs=0.1)
    assert angle.std().item() == pytest.approx(2 * math.pi / math.sqrt(12), rel=0.05)
    unit = matrix[:, :2, :2] @ matrix[:, :2, :2].mT
    torch.testing.assert_close(unit, torch.eye(2, dtype=unit.dtype).expand_as(unit))


def test_shifts_are_normal_in_parts_of_the_image():
    matrix = _shift(_like(32, 16), ALWAYS)
    assert matrix[:, 0, 2].std().item() == pytest.approx(16 / 8, rel=0.05)
    assert matrix[:, 1, 2].std().item() == pytest.approx(32 / 8, rel=0.05)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_probabilities(p):
    """One minus p is the share of images that every transformation, or either rotation, spares."""
    p_tensor = torch.tensor(p)
    for draw in (_isotropic, _anisotropic, _shift):
        assert _spared(draw(_like(), p_tensor)) == pytest.approx(1 - p, abs=0.03)
    found = geometry(_like(), p_tensor)
    assert _spared(found) == pytest.approx((1 - p) ** 4, abs=0.03)


def _spared(matrix):
    return is_identity(matrix).double().mean().item()


def test_the_order_is_that_of_the_paper():
    """The shift comes last: its size in the result does not depend on the scalings."""
    torch.manual_seed(1)
    inverse = geometry(_like(), ALWAYS)
    forward = torch.linalg.inv(inverse)
    assert forward[:, 0, 2].std().item() == pytest.approx(2, rel=0.05)
    assert inverse[:, 0, 2].std().item() > 2 * 1.02
