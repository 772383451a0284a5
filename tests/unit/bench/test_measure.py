import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from onestage.bench import PeakStorage, count_flops, interleaved_medians, peak_bytes
from onestage.bench._flops import count_operations, describe_uncounted
from onestage.bench._pairs import PAIRS, Scale

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


def test_fused_attention_counts_as_what_it_is_made_of():
    q, k, v = (torch.randn(2, 4, n, 8, requires_grad=True) for n in (6, 10, 10))
    product = 2 * 2 * 4 * 6 * 10 * 8

    def attend() -> Tensor:
        return F.scaled_dot_product_attention(q, k, v)

    assert count_flops(attend) == 2 * product
    # Five products: the scores anew, and the gradients of them, q, k and v.
    assert count_flops(lambda: attend().sum().backward()) == 7 * product


@pytest.mark.parametrize(
    ("step", "flops"),
    [
        (lambda: torch.randn(3, 4) @ torch.randn(4), 2 * 12),
        (lambda: torch.addmv(torch.randn(3), torch.randn(3, 4), torch.randn(4)), 2 * 12),
        (
            lambda: torch.addbmm(torch.zeros(3, 5), torch.randn(2, 3, 4), torch.randn(2, 4, 5)),
            2 * 120,
        ),
        (lambda: nn.Bilinear(4, 5, 6)(torch.randn(2, 4), torch.randn(2, 5)), 2 * 240 + 2 * 60),
    ],
)
def test_flops_of_products_that_torchs_counter_passes_over(step, flops):
    assert count_operations(step).flops == flops
    assert count_operations(step).uncounted == ()


def test_each_gradient_of_a_bilinear_form_is_about_as_dear_as_its_forward():
    form = nn.Bilinear(40, 50, 60, bias=False)
    x, y = torch.randn(30, 40, requires_grad=True), torch.randn(30, 50, requires_grad=True)
    forward = count_flops(lambda: form(x, y))
    assert count_flops(lambda: form(x, y).sum().backward()) == pytest.approx(4 * forward, rel=0.1)


@pytest.mark.parametrize(
    ("build", "names"),
    [
        (lambda: nn.LSTM(8, 16), ("mkldnn_rnn_layer",)),
        (lambda: nn.LSTM(8, 16).double(), ()),  # products one by one, which are counted
        (lambda: nn.GRU(8, 16), ()),
        (
            lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(),
            ("_transformer_encoder_layer_fwd",),
        ),
    ],
)
@torch.no_grad()
def test_dear_operations_without_a_formula_are_named(build, names):
    layer = build()
    x = torch.randn(3, 2, 8, dtype=next(layer.parameters()).dtype)
    found = count_operations(lambda: layer(x))
    assert found.uncounted == names
    assert bool(found.flops) != bool(names)
    assert describe_uncounted(names) == "".join(
        f"FLOPs are without {name}, for which there is no formula." for name in names
    )


@pytest.mark.parametrize("networks", [name for name in PAIRS if name != "vocoder"])
def test_nothing_is_uncounted_in_the_pairs_that_are_measured(networks):
    pair = PAIRS[networks][0](Scale(2, 2, 64))
    inputs = pair.inputs if pair.draw is None else pair.draw(CPU)

    def step() -> None:
        pair.discriminator(pair.generator(*inputs)).sum().backward()

    assert count_operations(step).uncounted == ()


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
