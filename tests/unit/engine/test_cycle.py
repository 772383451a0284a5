"""Critic steps are D's optimiser steps alone; micro-batches are none."""

import re

import pytest
import torch
from tests._discriminators import BATCH, Generator, Plain, images

from onestage import OneStage
from onestage.bench import count_flops
from onestage.engine._cycle import Cycle
from onestage.networks import DCGANDiscriminator


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ("", 0),
        ("b0", 0),
        ("d0 b1", 1),
        ("d0 d1 d2 d3 b4", 4),
        ("d0 d0 d1 d1 b2 b2", 2),  # micro-batches
        ("d0 b0", 0),  # all of one step
        ("d0 d1 b1 b1", 1),
        ("b0 d0 d0 b1", 0),
        ("d0 d1 b2 d3 b4", 1),  # the last cycle counts
        ("d0 d1 b2 b3", 0),
        ("d0 d1 b2 d3 d4 d5", 2),  # not complete yet
    ],
)
def test_by_hand(calls, expected):
    cycle = Cycle()
    for call in calls.split():
        {"d": cycle.discriminator, "b": cycle.both}[call[0]](int(call[1:]))
    assert cycle.critic_steps == expected


@pytest.mark.parametrize("micro_batches", [1, 2])
@pytest.mark.parametrize("critic_steps", [0, 1, 4])
def test_explain_states_them(micro_batches, critic_steps):
    discriminator, generator = Plain(), Generator()
    game = OneStage(discriminator, "hinge")
    optimizer = torch.optim.Adam(discriminator.parameters())

    def play(method):
        optimizer.zero_grad()
        for _ in range(micro_batches):
            getattr(game, method)(images(), generator(torch.randn(BATCH, 5)))
        optimizer.step()

    for _ in range(2):
        for _ in range(critic_steps):
            play("discriminator_backward")
        play("backward")
    text = game.explain()
    if critic_steps == 0:
        assert "critic:" not in text
        return
    steps = "1 step" if critic_steps == 1 else f"{critic_steps} steps"
    assert f"{steps} of D alone between two of both players, 1 G + 6 D each" in text
    assert f"a cycle is 3 G + 6 D + {critic_steps} (1 G + 6 D)" in text


def test_the_stated_cost_is_what_is_counted():
    net = DCGANDiscriminator(image_size=32, base_width=8, norm="none")
    real, fake = torch.rand(4, 3, 32, 32), torch.rand(4, 3, 32, 32)
    game, optimizer = OneStage(net, "hinge"), torch.optim.SGD(net.parameters(), 1e-3)
    flops = count_flops(lambda: game.discriminator_backward(real, fake))
    optimizer.step()
    game.backward(real, fake.clone().requires_grad_())
    stated = int(re.search(r"1 G \+ (\d) D each", game.explain()).group(1))
    # The first layer needs no input gradient.
    assert flops / count_flops(lambda: net(real)) == pytest.approx(stated, rel=0.1)
