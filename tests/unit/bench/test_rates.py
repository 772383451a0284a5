import torch
from torch import nn

from onestage.bench._rates import Rates, collect_calls

CPU = torch.device("cpu")


def test_equal_calls_are_one():
    layer, x = nn.Conv2d(2, 3, 3), torch.randn(2, 2, 8, 8, requires_grad=True)
    calls = collect_calls(lambda: [layer(x).sum().backward() for _ in range(3)])
    assert sorted(calls.values()) == [3, 3]
    assert {call[0].overloadpacket for call in calls} == {
        torch.ops.aten.convolution,
        torch.ops.aten.convolution_backward,
    }


def test_layout_and_precision_tell_calls_apart():
    layer, x = nn.Conv2d(2, 3, 3), torch.randn(2, 2, 8, 8)

    def step():
        layer(x)
        layer(x.to(memory_format=torch.channels_last))
        with torch.autocast("cpu", torch.bfloat16):
            layer(x)

    assert len(collect_calls(step)) == 3


def test_their_times_add_up():
    linear, x = nn.Linear(8, 8), torch.randn(4, 8)
    rates = Rates(CPU)
    once = rates.seconds(collect_calls(lambda: linear(x)))
    assert once > 0
    assert rates.seconds(collect_calls(lambda: [linear(x), linear(x)])) == 2 * once
    assert rates.seconds(collect_calls(lambda: x.relu())) == 0


def test_what_was_expanded_is_made_again():
    x, weight = torch.randn(1, 1, 8, 8).expand(4, 3, 8, 8), torch.randn(2, 3, 3, 3)
    calls = collect_calls(lambda: nn.functional.conv2d(x, weight))
    assert Rates(CPU).seconds(calls) > 0
