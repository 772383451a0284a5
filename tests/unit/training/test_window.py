import pytest
import torch

from onestage.training import MetricWindow


def test_means_are_over_the_steps_that_had_the_name():
    window = MetricWindow()
    window.add({"loss": torch.tensor(1.0), "r1": torch.tensor(5.0)})
    window.add({"loss": torch.tensor(2.0), "finite": torch.tensor(True)})
    assert len(window) == 2
    assert window.flush() == {"loss": 1.5, "r1": 5.0, "finite": 1.0}
    assert len(window) == 0
    assert window.flush() == {}


def test_a_value_that_is_not_finite_is_seen():
    window = MetricWindow()
    assert window.all_finite()
    window.add({"finite": torch.tensor(True)})
    assert window.all_finite()
    window.add({"finite": torch.tensor(False)})
    assert not window.all_finite()


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
