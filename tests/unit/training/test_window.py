import math

import pytest
import torch

from onestage.training import MetricWindow


def test_means_are_over_the_steps_that_had_the_name():
    window = MetricWindow()
    window.add({"loss": torch.tensor(1.0), "r1": torch.tensor(5.0)})
    window.add({"loss": torch.tensor(2.0), "finite": torch.tensor(True)})
    assert len(window) == 2
    assert window.flush() == {"loss": 1.5, "r1": 5.0}
    assert len(window) == 0
    assert window.flush() == {}


def test_values_that_are_not_finite_are_left_out_of_the_means():
    window = MetricWindow()
    assert window.flags() == []
    for value in (1.0, float("nan"), 3.0, float("inf")):
        loss = torch.tensor(value)
        window.add({"loss": loss, "lost": loss * torch.nan, "finite": loss.isfinite()})
    assert window.flags() == [True, False, True, False]
    means = window.flush()
    assert means["loss"] == 2.0
    assert math.isnan(means["lost"])


def test_state_survives_a_checkpoint():
    window, other = MetricWindow(), MetricWindow()
    for value in (0.1, 0.2, 0.7):
        window.add({"loss": torch.tensor(value), "finite": torch.tensor(True)})
    other.load_state_dict(window.state_dict())
    for each in (window, other):
        each.add({"loss": torch.tensor(3.0), "finite": torch.tensor(True)})
    means = window.flush()
    assert means == other.flush()
    assert means["loss"] == pytest.approx(1.0)
