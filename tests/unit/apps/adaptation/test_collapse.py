"""Collapse is a fall from the best so far."""

import pytest
import torch

from onestage.apps.adaptation import CollapseWatch, classes_predicted


def test_the_effective_number_of_classes():
    assert classes_predicted(torch.arange(8) % 4, 10) == pytest.approx(4)
    assert classes_predicted(torch.zeros(8, dtype=torch.int64), 10) == pytest.approx(1)


@pytest.mark.parametrize(
    ("looks", "collapsed"),
    [
        ([(0.2, 3.0), (0.9, 9.0), (0.81, 5.0)], False),  # a low start is no collapse
        ([(0.9, 9.0), (0.79, 9.0)], True),  # the source is lost
        ([(0.9, 9.0), (0.95, 4.4)], True),  # the target is taken for few classes
    ],
)
def test_collapse(looks, collapsed):
    watch = CollapseWatch()
    found = [watch.look(*look) for look in looks]
    assert found == [False] * (len(looks) - 1) + [collapsed]


def test_the_best_so_far_is_kept():
    watch, again = CollapseWatch(), CollapseWatch()
    watch.look(0.9, 9.0)
    again.load_state_dict(watch.state_dict())
    assert again.look(0.5, 9.0)
