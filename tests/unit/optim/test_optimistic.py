"""Optimism around any optimiser."""

import copy

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop

from onestage.optim import JointOptimizer, Optimistic, OptimisticAdam

F64 = torch.float64
BUILDERS = {
    "sgd": lambda p: SGD(p, 0.1),
    "momentum": lambda p: SGD(p, 0.1, momentum=0.5),
    "rmsprop": lambda p: RMSprop(p, 0.01),
    "adamw": lambda p: AdamW(p, 0.01, weight_decay=0.1),
}


def weights() -> list[nn.Parameter]:
    torch.manual_seed(0)
    return [nn.Parameter(torch.randn(3, 2, dtype=F64)), nn.Parameter(torch.randn(4, dtype=F64))]


def fill(parameters: list[nn.Parameter], turn: int) -> None:
    generator = torch.Generator().manual_seed(turn)
    for p in parameters:
        p.grad = torch.randn(p.shape, dtype=F64, generator=generator)


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
@pytest.mark.parametrize("optimism", [0.0, 0.5, 1.0])
def test_is_the_update_and_what_it_changed_by(build, optimism):
    """p_t = p_{t-1} + u_t + c (u_t - u_{t-1}), u_t from a twin that stands at the same weights."""
    mine, twin = weights(), weights()
    wrapped, plain = Optimistic(build(mine), optimism), build(twin)
    previous = None
    for turn in range(4):
        fill(mine, turn)
        fill(twin, turn)
        before = [p.detach().clone() for p in twin]
        wrapped.step()
        plain.step()
        updates = [p.detach() - b for p, b in zip(twin, before, strict=True)]
        previous = previous or updates
        with torch.no_grad():
            for p, u, old in zip(twin, updates, previous, strict=True):
                p += optimism * (u - old)
        previous = updates
        for ours, theirs in zip(mine, twin, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("lead", [0.0, 0.5])
def test_momentum_undone_leaves_the_gradient_and_a_look_along_its_trend(lead):
    """With c = beta / (1 - beta) + l a step is -lr (g_t + l (m_t - m_{t-1}))."""
    beta, rate = 0.9, 0.1
    mine, twin = weights(), weights()
    momentum = SGD(mine, rate, momentum=beta, dampening=beta)
    optimizer = Optimistic(momentum, beta / (1 - beta) + lead)
    averages = None
    for turn in range(4):
        fill(mine, turn)
        gradients = [p.grad.clone() for p in mine]
        optimizer.step()
        old = averages or gradients
        averages = [beta * m + (1 - beta) * g for m, g in zip(old, gradients, strict=True)]
        with torch.no_grad():
            for p, g, m, before in zip(twin, gradients, averages, old, strict=True):
                p -= rate * (g + lead * (m - before))
        for ours, theirs in zip(mine, twin, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-13)


def test_around_adam_it_is_optimistic_adam():
    mine, twin = weights(), weights()
    wrapped, adam = Optimistic(Adam(mine, 0.01)), OptimisticAdam(twin, 0.01)
    for turn in range(4):
        fill(mine, turn)
        fill(twin, turn)
        wrapped.step()
        adam.step()
    for ours, theirs in zip(mine, twin, strict=True):
        assert torch.equal(ours, theirs)


def test_optimistic_sgd_converges_on_the_bilinear_game_and_sgd_does_not():
    """min_x max_y x y: simultaneous gradient descent spirals out, optimism turns it inwards."""

    def distance(build) -> float:
        x, y = (nn.Parameter(torch.ones((), dtype=F64)) for _ in range(2))
        joint = JointOptimizer(build([x]), build([y]))
        for _ in range(1000):
            x.grad, y.grad = y.detach().clone(), -x.detach().clone()
            joint.step()
        return float(x.detach() ** 2 + y.detach() ** 2) ** 0.5

    assert distance(lambda p: Optimistic(SGD(p, 0.1))) < 1e-2
    assert distance(lambda p: SGD(p, 0.1)) > 10


@pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
def test_saved_and_restored_it_goes_on_alike(build):
    mine, twin = weights(), weights()
    wrapped = Optimistic(build(mine))
    for turn in range(2):
        fill(mine, turn)
        wrapped.step()
    state = copy.deepcopy(wrapped.state_dict())
    restored = Optimistic(build(twin))
    with torch.no_grad():
        for ours, theirs in zip(twin, mine, strict=True):
            ours.copy_(theirs)
    restored.load_state_dict(state)
    for optimizer, parameters in ((wrapped, mine), (restored, twin)):
        fill(parameters, 2)
        optimizer.step()
    for ours, theirs in zip(mine, twin, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("early", [True, False])
def test_a_group_is_the_wrapped_optimisers(early):
    """As in one that had it from the beginning."""
    first, second, one, two = (weights() for _ in range(4))
    mine = Optimistic(SGD(first, 0.1, momentum=0.5))
    twin = Optimistic(SGD([{"params": one}, {"params": two, "lr": 0.2}], 0.1, momentum=0.5))
    (mine if early else mine.optimizer).add_param_group({"params": second, "lr": 0.2})
    for seed in range(3):
        for theirs in (first, second, one, two):
            fill(theirs, seed)
        mine.step()
        twin.step()
    for ours, theirs in zip([*first, *second], [*one, *two], strict=True):
        assert torch.equal(ours, theirs)


def test_a_wrapped_optimiser_that_loads_by_itself_is_still_scheduled():
    wrapped = Optimistic(SGD(weights(), 0.1))
    wrapped.optimizer.load_state_dict(copy.deepcopy(wrapped.optimizer.state_dict()))
    torch.optim.lr_scheduler.LambdaLR(wrapped, lambda _: 0.5)
    assert wrapped.optimizer.param_groups[0]["lr"] == 0.05


def test_schedules_act_on_it():
    parameters = weights()
    wrapped = Optimistic(SGD(parameters, 0.1))
    schedule = torch.optim.lr_scheduler.LambdaLR(wrapped, lambda step: 0.0 if step else 1.0)
    fill(parameters, 0)
    wrapped.step()
    schedule.step()
    assert wrapped.optimizer.param_groups[0]["lr"] == 0.0


def test_a_negative_coefficient_is_refused():
    with pytest.raises(ValueError, match="optimism=-1"):
        Optimistic(SGD(weights(), 0.1), -1)
