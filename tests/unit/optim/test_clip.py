import pytest
import torch
from torch import nn

from onestage.optim import clip_weights_


@pytest.mark.parametrize("as_module", [True, False])
def test_clamps_in_place(as_module):
    module = nn.Linear(3, 2)
    with torch.no_grad():
        module.weight.copy_(torch.tensor([[-1.0, 0.005, 1.0], [0.0, -0.01, 0.02]]))
        module.bias.zero_()
    weight = module.weight
    clip_weights_(module if as_module else module.parameters(), 0.01)
    assert module.weight is weight and weight.requires_grad
    expected = torch.tensor([[-0.01, 0.005, 0.01], [0.0, -0.01, 0.01]])
    assert weight.equal(expected)
    assert not module.bias.any()


def test_buffers_are_left_alone():
    norm = nn.BatchNorm1d(2)
    clip_weights_(norm, 0.5)
    assert norm.running_var.equal(torch.ones(2)) and norm.weight.equal(torch.full((2,), 0.5))


def test_nothing_to_clip():
    clip_weights_([], 0.1)
    clip_weights_(nn.ReLU(), 0.1)


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_refuses(bound):
    with pytest.raises(ValueError, match=r"bound=.*positive"):
        clip_weights_(nn.Linear(1, 1), bound)
