"""Adam that steps ahead: p += u_t + c (u_t - u_{t-1}), u_0 = u_1."""

import copy
import pickle

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from onestage.optim import OptimisticAdam

KINDS = [{"foreach": True}, {"foreach": False}, {"fused": True}]
IDS = ["foreach", "for loop", "fused"]


def _weights(*sizes: int) -> list[nn.Parameter]:
    return [nn.Parameter(torch.randn(size, dtype=torch.float64)) for size in sizes]


def _twins(weights: list[nn.Parameter]) -> list[nn.Parameter]:
    return [nn.Parameter(w.detach().clone()) for w in weights]


def _give(weights, gradients) -> None:
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = gradient.clone()


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
@pytest.mark.parametrize("optimism", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(
    "options", [{}, {"weight_decay": 0.1}, {"amsgrad": True}, {"maximize": True}]
)
def test_is_adam_plus_the_difference_of_its_updates(kind, optimism, options):
    """Against the formula written out, with Adam's own update at the optimistic weights."""
    weights = _weights(3, 4)
    mine = OptimisticAdam(weights, lr=0.1, betas=(0.5, 0.9), optimism=optimism, **options, **kind)
    twins = _twins(weights)
    adam = torch.optim.Adam(twins, lr=0.1, betas=(0.5, 0.9), **options)
    previous = None
    for _ in range(6):
        gradients = [torch.randn_like(w) for w in weights]
        _give(weights, gradients)
        _give(twins, gradients)
        before = [t.detach().clone() for t in twins]
        mine.step()
        adam.step()
        updates = [t.detach() - b for t, b in zip(twins, before, strict=True)]
        previous = previous or updates
        with torch.no_grad():
            for twin, new, old in zip(twins, updates, previous, strict=True):
                twin += optimism * (new - old)
        previous = updates
        for weight, twin in zip(weights, twins, strict=True):
            torch.testing.assert_close(weight, twin, rtol=1e-12, atol=1e-14)


@given(
    gradient=st.floats(-5, 5).filter(lambda g: abs(g) > 1e-3),
    optimism=st.floats(0, 2),
    beta1=st.sampled_from([0.0, 0.25, 0.5, 0.9]),
    steps=st.integers(1, 8),
)
@settings(deadline=None, max_examples=40)
def test_equals_adam_where_updates_are_constant(gradient, optimism, beta1, steps):
    """With one constant gradient every update of Adam is lr * sign."""
    (weight,) = _weights(3)
    (twin,) = _twins([weight])
    options = {"lr": 0.01, "betas": (beta1, 0.99), "eps": 0.0}
    mine = OptimisticAdam([weight], optimism=optimism, **options)
    adam = torch.optim.Adam([twin], **options)
    for _ in range(steps):
        weight.grad = torch.full_like(weight, gradient)
        twin.grad = weight.grad.clone()
        mine.step()
        adam.step()
    torch.testing.assert_close(weight, twin, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_state_is_saved_and_restored(kind):
    weights = _weights(3, 2)
    first = OptimisticAdam(weights, lr=0.1, **kind)
    gradients = [[torch.randn_like(w) for w in weights] for _ in range(6)]
    for some in gradients[:3]:
        _give(weights, some)
        first.step()
    twins = _twins(weights)
    second = OptimisticAdam(twins, lr=0.5, optimism=0.0, **kind)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for some in gradients[3:]:
        _give(weights, some)
        _give(twins, some)
        first.step()
        second.step()
    for weight, twin in zip(weights, twins, strict=True):
        assert weight.equal(twin)


@pytest.mark.parametrize("way", ["deepcopy", "pickle"])
def test_a_copy_goes_on(way):
    weights = _weights(3)
    original = OptimisticAdam(weights, lr=0.1, optimism=0.5)
    _give(weights, [torch.ones_like(weights[0])])
    original.step()
    again = copy.deepcopy(original) if way == "deepcopy" else pickle.loads(pickle.dumps(original))
    again.param_groups[0]["params"][0].grad = torch.randn(3, dtype=torch.float64)
    _give(weights, [again.param_groups[0]["params"][0].grad])
    original.step()
    again.step()
    assert again.param_groups[0]["params"][0].equal(weights[0])
    again.add_param_group({"params": _weights(2)})
    assert again.param_groups[1]["optimism"] == 0.5


def test_takes_over_from_adam():
    """A run that goes on with optimism: Adam's saved state has neither coefficient nor u_{t-1}."""
    weights = _weights(3)
    adam = torch.optim.Adam(weights, lr=0.1)
    _give(weights, [torch.ones_like(weights[0])])
    adam.step()
    mine = OptimisticAdam(weights, lr=0.1, optimism=0.5)
    mine.load_state_dict(copy.deepcopy(adam.state_dict()))
    assert mine.param_groups[0]["optimism"] == 0.5
    mine.step()


def test_parameter_groups():
    """Each group has its own rate and optimism; a late group begins with Adam's step."""
    one, two, late = _weights(2, 2, 2)
    twins = _twins([one, two, late])
    mine = OptimisticAdam(
        [{"params": [one], "lr": 0.1}, {"params": [two], "optimism": 0.0, "lr": 0.2}], lr=1.0
    )
    adam = torch.optim.Adam(
        [{"params": [twins[0]], "lr": 0.1}, {"params": [twins[1]], "lr": 0.2}], lr=1.0
    )
    for step in range(4):
        if step == 2:
            mine.add_param_group({"params": [late], "lr": 0.3})
            adam.add_param_group({"params": [twins[2]], "lr": 0.3})
        for weight, twin in zip((one, two, late), twins, strict=True):
            weight.grad = torch.randn_like(weight)
            twin.grad = weight.grad.clone()
        mine.step()
        adam.step()
        if step == 2:
            torch.testing.assert_close(late, twins[2])
    assert [group["optimism"] for group in mine.param_groups] == [1.0, 0.0, 1.0]
    torch.testing.assert_close(two, twins[1])
    assert not torch.allclose(one, twins[0])


def test_a_parameter_without_gradient_stays():
    one, two = _weights(2, 2)
    mine = OptimisticAdam([one, two], lr=0.1)
    before = two.detach().clone()
    for _ in range(3):
        one.grad = torch.randn_like(one)
        mine.step()
    assert two.equal(before)
    assert not mine.state[two]


def test_closure_and_hooks_run_once():
    (weight,) = _weights(2)
    mine, seen = OptimisticAdam([weight], lr=0.1), []
    mine.register_step_pre_hook(lambda *_: seen.append("before"))
    mine.register_step_post_hook(lambda *_: seen.append("after"))

    def closure():
        seen.append("closure")
        mine.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        return loss

    torch.optim.Adam(_weights(1)).step()  # wraps Adam's own step
    assert mine.step(closure).ndim == 0
    assert seen == ["before", "closure", "after"]


def test_works_with_a_schedule():
    (weight,) = _weights(2)
    mine = OptimisticAdam([weight], lr=1.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(mine, lambda step: 0.5**step)
    for _ in range(3):
        weight.grad = torch.randn_like(weight)
        mine.step()
        schedule.step()
    assert mine.param_groups[0]["lr"] == 0.125


def _scaler(**options) -> torch.amp.GradScaler:
    return torch.amp.GradScaler(device="cpu", growth_interval=1000, **options)


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
@pytest.mark.parametrize("skipped", [(0,), (2,), (0, 1, 3)])
def test_a_skipped_step_is_as_if_it_had_not_been(kind, skipped):
    """A scaler's first steps are often skipped; then the first real one is still Adam's."""
    weights = [nn.Parameter(torch.randn(3)) for _ in range(2)]
    twins = _twins(weights)
    mine = OptimisticAdam(weights, lr=0.1, **kind)
    other = OptimisticAdam(twins, lr=0.1, **kind)
    scaler = _scaler(init_scale=4.0)
    for step in range(6):
        gradients = [torch.randn_like(w) for w in weights]
        if step not in skipped:
            _give(twins, gradients)
            other.step()
        else:
            gradients[1][0] = float("inf")
        scale = scaler.scale(torch.ones(()))
        _give(weights, [g * scale for g in gradients])
        scaler.step(mine)
        scaler.update()
        for weight, twin in zip(weights, twins, strict=True):
            torch.testing.assert_close(weight, twin, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS, ids=IDS)
def test_adams_own_state_and_a_skipped_step_first(kind):
    """Adam has made steps, and none of them is known here."""
    weights = [nn.Parameter(torch.randn(3))]
    twins = _twins(weights)
    others = _twins(weights)
    adam = torch.optim.Adam(others, lr=0.1, **kind)
    for _ in range(4):
        _give(others, [torch.randn_like(p) for p in others])
        adam.step()
    mine, other = (OptimisticAdam(p, lr=0.1, **kind) for p in (weights, twins))
    for optimizer in (mine, other):
        optimizer.load_state_dict(copy.deepcopy(adam.state_dict()))
    scaler = _scaler(init_scale=4.0)
    gradients = [torch.randn_like(w) for w in weights]
    for factor in (float("inf"), 1.0):
        scale = scaler.scale(torch.ones(()))
        _give(weights, [g * factor * scale for g in gradients])
        scaler.step(mine)
        scaler.update()
    _give(twins, gradients)
    other.step()
    torch.testing.assert_close(weights[0], twins[0], rtol=1e-6, atol=1e-7)


def _bilinear(optimizer: type, steps: int, *, beta1: float, **options) -> float:
    """How far min_x max_y x y ends from its solution 0, updates simultaneous; worst of the last."""
    x, y = (nn.Parameter(torch.tensor([1.0], dtype=torch.float64)) for _ in range(2))
    players = optimizer([x, y], lr=0.01, betas=(beta1, 0.99), **options)
    worst = 0.0
    for step in range(steps):
        x.grad, y.grad = y.detach().clone(), -x.detach().clone()
        players.step()
        if step >= steps - 200:
            worst = max(worst, float((x.square() + y.square()).sqrt().detach()))
    return worst


def test_bilinear_game_without_momentum():
    """Ends within a few learning rates, five times nearer than Adam or more."""
    optimistic = _bilinear(OptimisticAdam, 3000, beta1=0.0)
    adam = _bilinear(torch.optim.Adam, 3000, beta1=0.0)
    assert optimistic <= 5 * 0.01
    assert 5 * optimistic <= adam


def test_bilinear_game_with_much_momentum_is_not_repaired():
    assert _bilinear(OptimisticAdam, 3000, beta1=0.9) > 0.5 * _bilinear(
        torch.optim.Adam, 3000, beta1=0.9
    )


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"optimism": -1.0}, r"optimism=-1\.0.*>= 0"),
        ({"optimism": float("nan")}, "optimism=nan"),
        ({"differentiable": True}, r"not differentiable"),
        ({"lr": -1.0}, "Invalid learning rate"),
    ],
)
def test_refuses(options, match):
    with pytest.raises(ValueError, match=match):
        OptimisticAdam(_weights(1), **options)
