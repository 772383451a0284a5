import pytest
import torch
from tests import _discriminators as zoo
from torch import nn

from onestage.check import coupled_modules


def sample() -> torch.Tensor:
    return torch.randn(zoo.BATCH, zoo.CHANNELS, zoo.SIZE, zoo.SIZE)


def test_names_the_batch_norm():
    assert coupled_modules(zoo.batch_norm(), sample()) == ["norm (BatchNorm2d)"]


def test_nothing_couples_in_eval_mode_or_with_group_norm():
    assert coupled_modules(zoo.batch_norm().eval(), sample()) == []
    assert coupled_modules(zoo.group_norm(), sample()) == []


def test_a_forward_that_couples_by_itself_is_the_culprit():
    assert coupled_modules(zoo.BatchAttention(), sample()) == [
        "the discriminator itself (BatchAttention)"
    ]


def test_only_the_innermost_module_is_named():
    inner = nn.Sequential(nn.Conv2d(zoo.CHANNELS, 4, 3), nn.BatchNorm2d(4))
    net = nn.Sequential(inner, nn.LeakyReLU(0.2, inplace=True), nn.Flatten(), nn.LazyLinear(1))
    net(sample())
    assert coupled_modules(net, sample()) == ["0.1 (BatchNorm2d)"]


def test_a_closure_is_looked_through_and_nothing_is_changed():
    net = zoo.batch_norm()
    before = {name: buffer.clone() for name, buffer in net.named_buffers()}
    assert coupled_modules(lambda x: net(2 * x), sample()) == ["norm (BatchNorm2d)"]
    for name, buffer in net.named_buffers():
        assert torch.equal(buffer, before[name])
    assert all(parameter.grad is None for parameter in net.parameters())
    assert not net.norm._forward_pre_hooks


@pytest.mark.parametrize("conditions", [(torch.tensor([0, 1, 2] * 2),)])
def test_conditions_are_passed_on(conditions):
    assert coupled_modules(zoo.Conditional(), sample(), conditions) == []
