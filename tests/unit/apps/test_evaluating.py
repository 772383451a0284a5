"""Modes come back as they were, part by part."""

import pytest
from torch import nn

from onestage.apps._evaluating import evaluating


def test_every_part_is_as_before_after_an_error():
    network, other = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2).eval()), nn.Dropout()
    with pytest.raises(KeyError), evaluating(network, other):
        assert not any(part.training for part in (*network.modules(), other))
        raise KeyError
    assert (network[0].training, network[1].training) == (True, False)
    assert network.training and other.training
