import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from onestage.bench import PeakStorage, count_flops, interleaved_medians, peak_bytes

CPU = torch.device("cpu")


def test_flops_of_a_linear_layer():
    layer, x = nn.Linear(3, 5, bias=False), torch.randn(7, 3)
    assert count_flops(lambda: layer(x)) == 2 * 7 * 3 * 5


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("layer", [nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d])
def test_flops_of_a_convolutions_backward_are_twice_its_forward(layer, groups):
    convolution = layer(4, 6, 3, stride=2, padding=1, groups=groups, bias=False)
    shape = (5, 4, 9) if layer is nn.Conv1d else (5, 4, 9, 9)
    x = torch.randn(shape, requires_grad=True)
    forward = count_flops(lambda: convolution(x))
    assert count_flops(lambda: convolution(x).sum().backward()) == 3 * forward


def test_flops_are_those_of_torchs_counter():
    """Where it can count: it has no leaf before it, and no groups."""
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(3 * 16, 4))
    attention = nn.MultiheadAttention(4, 2, batch_first=True)
    x = torch.randn(5, 2, 6, 6)

    def step() -> None:
        tokens = net(x).view(1, 5, 4)
        attention(tokens, tokens, tokens)[0].sum().backward()

    with FlopCounterMode(display=False) as counter:
        step()
    assert count_flops(step) == counter.get_total_flops() > 0


def test_flops_are_counted_where_a_module_is_given_a_leaf():
    layer, x = nn.Linear(3, 5, bias=False), torch.randn(7, 3, requires_grad=True)
    forward = count_flops(lambda: layer(x))
    assert count_flops(lambda: layer(x).sum().backward()) == 3 * forward


def test_peak_counts_what_is_alive_at_once():
    def one_after_the_other() -> None:
        for _ in range(5):
            torch.empty(1000)

    assert peak_bytes(one_after_the_other, CPU) <= 2 * 4000
    assert peak_bytes(lambda: [torch.empty(1000) for _ in range(5)], CPU) == 5 * 4000


def test_peak_leaves_out_what_was_there_and_counts_a_view_once():
    x = torch.empty(1000)
    with PeakStorage() as storage:
        x.view(10, 100).t().mul_(2)
    assert storage.peak == 0


def test_all_steps_take_turns():
    calls: list[str] = []
    steps = {name: (lambda name=name: calls.append(name)) for name in "ab"}
    medians = interleaved_medians(steps, rounds=3, warmup=1, device=CPU)
    assert calls == ["a", "b", "b", "a"] * 2  # noise meets all alike
    assert set(medians) == {"a", "b"}
    assert all(value >= 0 for value in medians.values())
