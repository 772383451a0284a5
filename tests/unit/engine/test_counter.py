"""Optimiser steps are counted without being told of."""

import copy

import pytest
import torch
from tests._discriminators import BATCH, Generator, Plain, images
from torch import nn
from torch.optim.optimizer import _global_optimizer_post_hooks

from onestage import DRAGAN, R1, R2, GradientPenalty, LeCam, OneStage
from onestage.engine._counter import OptimizerStepCounter
from onestage.optim import JointOptimizer, OptimisticAdam, clip_weights_

OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, 1e-3),
    "adam": torch.optim.Adam,
    "adam foreach": lambda p: torch.optim.Adam(p, foreach=True),
    "adam for loop": lambda p: torch.optim.Adam(p, foreach=False),
    "adam fused": lambda p: torch.optim.Adam(p, fused=True),
    "adamw fused": lambda p: torch.optim.AdamW(p, fused=True),
    "sgd fused": lambda p: torch.optim.SGD(p, 1e-3, fused=True),
    "optimistic": OptimisticAdam,
    "optimistic fused": lambda p: OptimisticAdam(p, fused=True),
    "joint fused": lambda p: JointOptimizer(torch.optim.Adam(p, fused=True)),
}


@pytest.mark.parametrize("build", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("micro_batches", [1, 3])
def test_every_kind_of_optimizer_is_counted(build, micro_batches):
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "hinge", penalties=[R1(1.0, every=3)])
    optimizer = build(list(discriminator.parameters()))
    applied = []
    for _ in range(7):
        optimizer.zero_grad()
        steps = [
            game.backward(images(), generator(torch.randn(BATCH, 5))) for _ in range(micro_batches)
        ]
        applied.append({"r1" in step.penalties for step in steps})
        optimizer.step()
    assert applied == [{True}, {False}, {False}, {True}, {False}, {False}, {True}]


@pytest.mark.parametrize("build", OPTIMIZERS.values(), ids=OPTIMIZERS)
@pytest.mark.parametrize("zero", ["before", "after"])
def test_gradients_that_are_zeroed_in_place_hide_no_step(build, zero):
    """A fused optimiser writes without a trace, and then `.grad` stays as well."""
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "hinge", penalties=[R1(1.0, every=3)])
    optimizer = build(list(discriminator.parameters()))
    applied = []
    for _ in range(7):
        if zero == "before":
            optimizer.zero_grad(set_to_none=False)
        for _ in range(2):  # micro-batches
            step = game.backward(images(), generator(torch.randn(BATCH, 5)))
            applied.append("r1" in step.penalties)
        optimizer.step()
        if zero == "after":
            optimizer.zero_grad(set_to_none=False)
    assert applied == 2 * ([True] * 2 + [False] * 4) + [True] * 2


def test_only_the_optimiser_of_d_counts():
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "hinge")
    other = torch.optim.Adam(generator.parameters(), fused=True)
    for _ in range(3):
        game.backward(images(), generator(torch.randn(BATCH, 5)))
        other.step()
        other.zero_grad()
    assert game.state_dict()["optimizer_steps"] == 0


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_counts_for_itself(copied):
    weight = nn.Parameter(torch.ones(2))
    counter = OptimizerStepCounter()
    counter.watch([weight])
    other = copied(counter)
    mine = nn.Parameter(torch.ones(2))
    mine.grad = torch.ones(2)
    other.watch([mine])
    torch.optim.SGD([mine], 0.1, fused=True).step()
    assert (counter.current(), other.current()) == (0, 1)


def test_a_counter_that_is_gone_listens_no_more():
    before = len(_global_optimizer_post_hooks)
    counters = [OptimizerStepCounter() for _ in range(5)]
    for counter in counters:
        counter.watch([nn.Parameter(torch.ones(2))])
    assert len(_global_optimizer_post_hooks) == before + 5
    del counters, counter
    assert len(_global_optimizer_post_hooks) == before


LAZY = [
    R1(1.0, every=3),
    R2(1.0, 3),
    GradientPenalty(every=3),
    DRAGAN(every=3),
    LeCam(1.0, every=3),
]


@pytest.mark.parametrize("penalty", LAZY, ids=lambda penalty: penalty.name)
def test_every_kind_of_penalty_is_due_by_optimiser_steps(penalty):
    """Neither micro-batches nor calls for D alone within a step of both count."""
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "minimax", penalties=[penalty])
    optimizer = torch.optim.Adam(discriminator.parameters())
    applied = []
    for _ in range(7):
        optimizer.zero_grad()
        for method in ("discriminator_backward", "backward", "backward"):
            step = getattr(game, method)(images(), generator(torch.randn(BATCH, 5)))
            applied.append(penalty.name in step.penalties)
        optimizer.step()
    assert applied == 2 * ([True] * 3 + [False] * 6) + [True] * 3


@pytest.mark.parametrize("build", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_zero_grad_after_the_step(build):
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "hinge")
    optimizer = build(list(discriminator.parameters()))
    for done in range(4):
        assert game.state_dict()["optimizer_steps"] == done
        game.backward(images(), generator(torch.randn(BATCH, 5)))
        optimizer.step()
        optimizer.zero_grad()


def test_a_step_and_what_follows_it_count_once():
    weight = nn.Parameter(torch.ones(2))
    counter = OptimizerStepCounter(5)
    assert counter.current() == 5
    weight.grad = torch.ones(2)
    counter.watch([weight])
    assert counter.current() == 5
    torch.optim.SGD([weight], 0.1).step()
    clip_weights_([weight], 0.5)
    weight.grad = None
    assert counter.current() == 6
    assert counter.current() == 6


def test_a_parameter_that_never_had_a_gradient_tells_nothing():
    weight = nn.Parameter(torch.ones(2))
    counter = OptimizerStepCounter()
    counter.watch([weight])
    assert counter.current() == 0
