import copy

import pytest
import torch
from torch import nn

from onestage.apps.gan._optimizers import build_optimizer, learning_rate, load_optimizer
from onestage.optim import Optimistic, OptimisticAdam
from onestage.training import build_config


def player(**settings):
    return build_config({"generator": {"learning_rate": 0.5, "optimism": 0, **settings}}).generator


def test_the_learning_rate_rises_in_a_line_and_falls_by_stairs():
    config = player(warmup_steps=4, decay_steps=(6, 8), decay_factor=0.1)
    rates = [learning_rate(config, step) for step in range(10)]
    expected = [0.125, 0.25, 0.375, 0.5, 0.5, 0.5, 0.05, 0.05, 0.005, 0.005]
    assert rates == pytest.approx(expected)


def test_without_a_schedule_it_stands():
    assert {learning_rate(player(), step) for step in (0, 10, 10**6)} == {0.5}


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({}, torch.optim.Adam),
        ({"optimism": 0.5}, OptimisticAdam),
        ({"optimizer": "adamw"}, torch.optim.AdamW),
        ({"optimizer": "rmsprop"}, torch.optim.RMSprop),
        ({"optimizer": "sgd"}, torch.optim.SGD),
        ({"optimizer": "sgd", "optimism": 0.5}, Optimistic),
    ],
)
def test_each_optimiser_is_the_one_that_was_named(settings, kind):
    optimizer = build_optimizer(nn.Linear(2, 1), player(**settings))
    assert type(optimizer) is kind
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_momentum_and_decay_reach_the_optimiser():
    settings = {"beta1": 0.3, "beta2": 0.7, "weight_decay": 0.1}
    group = build_optimizer(nn.Linear(2, 1), player(**settings)).param_groups[0]
    assert (group["betas"], group["weight_decay"]) == ((0.3, 0.7), 0.1)
    group = build_optimizer(nn.Linear(2, 1), player(optimizer="sgd", **settings)).param_groups[0]
    assert (group["momentum"], group["weight_decay"]) == (0.3, 0.1)
    optimizer = build_optimizer(nn.Linear(2, 1), player(optimizer="rmsprop", **settings))
    assert (optimizer.param_groups[0]["momentum"], optimizer.param_groups[0]["alpha"]) == (0.3, 0.7)


def test_optimism_moves_the_weights_once_more():
    weights = []
    for optimism in (0.0, 1.0):
        torch.manual_seed(0)
        network = nn.Linear(2, 1)
        optimizer = build_optimizer(network, player(optimizer="sgd", beta1=0.5, optimism=optimism))
        for _ in range(3):
            optimizer.zero_grad()
            network(torch.ones(1, 2)).square().sum().backward()
            optimizer.step()
        weights.append(network.weight.detach().clone())
    assert not torch.allclose(*weights)


@pytest.mark.parametrize("optimism", [0.0, 0.5])
@pytest.mark.parametrize("name", ["adam", "adamw", "rmsprop", "sgd"])
def test_a_state_is_taken_over_in_another_memory_format(name, optimism):
    """A run may go on as channels_last; PyTorch's fused kernels on the CPU look at no strides."""
    settings = player(optimizer=name, optimism=optimism, learning_rate=0.1, beta1=0.5)
    network = nn.Conv2d(4, 8, 3)
    optimizer = build_optimizer(network, settings)
    gradients = [[torch.randn_like(p) for p in network.parameters()] for _ in range(4)]
    for given in gradients[:2]:
        step(network, optimizer, given)
    other = copy.deepcopy(network).to(memory_format=torch.channels_last)
    resumed = build_optimizer(other, settings)
    load_optimizer(resumed, copy.deepcopy(optimizer.state_dict()))
    for given in gradients[2:]:
        step(network, optimizer, given)
        step(other, resumed, given)
    torch.testing.assert_close(other.weight, network.weight)
    torch.testing.assert_close(other.bias, network.bias)


def step(network, optimizer, gradients):
    """One step with these gradients, laid out as autograd does: as the weights."""
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        parameter.grad = torch.empty_like(parameter).copy_(gradient)
    optimizer.step()
