"""The paper's schedules at points that can be computed by hand."""

import pytest

from onestage.apps.adaptation import annealed, ramp


def test_the_weight_grows_from_nothing_to_its_peak():
    weight = ramp(0.3, 100)
    assert weight(0) == 0
    assert weight(50) == pytest.approx(0.3 * (2 / (1 + 2.718281828**-5) - 1))
    assert weight(100) == weight(1000) == pytest.approx(0.3, rel=1e-4)


def test_a_training_has_a_length():
    with pytest.raises(ValueError, match="at least 1"):
        ramp(0.3, 0)


def test_the_learning_rate_falls_to_a_sixth():
    assert annealed(1.0, 0, 10) == 1
    assert annealed(1.0, 10, 10) == pytest.approx(11**-0.75)
