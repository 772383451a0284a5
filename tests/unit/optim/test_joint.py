"""Two optimisers as one, with a real gradient scaler."""

import copy

import pytest
import torch
from tests._discriminators import BATCH, Generator, Plain, images
from torch import nn

from onestage import OneStage
from onestage.optim import JointOptimizer, OptimisticAdam

ADAM = torch.optim.Adam
PAIRS = {
    "adam": lambda d, g: (ADAM(d.parameters()), ADAM(g.parameters())),
    "fused": lambda d, g: (ADAM(d.parameters(), fused=True), ADAM(g.parameters(), fused=True)),
    "mixed": lambda d, g: (ADAM(d.parameters(), fused=True), torch.optim.SGD(g.parameters(), 0.1)),
    "optimistic": lambda d, g: (OptimisticAdam(d.parameters()), OptimisticAdam(g.parameters())),
    "optimistic fused": lambda d, g: (
        OptimisticAdam(d.parameters(), fused=True),
        OptimisticAdam(g.parameters(), fused=True),
    ),
}


def _copies(*modules):
    return [p.detach().clone() for m in modules for p in m.parameters()]


def _moved(before, *modules):
    now = _copies(*modules)
    return [not b.equal(n) for b, n in zip(before, now, strict=True)]


@pytest.mark.parametrize("build", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("poisoned", ["discriminator", "generator"])
def test_both_step_or_neither(build, poisoned):
    discriminator, generator = Plain(), Generator()
    joint = JointOptimizer(*build(discriminator, generator))
    game = OneStage(discriminator, "least_squares")  # hinge may give the last bias nothing
    scaler = torch.amp.GradScaler(device="cpu", init_scale=256.0)
    one = torch.ones(())
    steps = []
    for poison in (True, False, True, False):
        joint.zero_grad()
        game.backward(images(), generator(torch.randn(BATCH, 5)), scale=scaler.scale(one))
        if poison:
            victim = discriminator if poisoned == "discriminator" else generator
            next(victim.parameters()).grad[0] = float("inf")
        before = _copies(discriminator, generator)
        scaler.step(joint)
        scaler.update()
        steps.append(_moved(before, discriminator, generator))
    assert not any(steps[0]) and not any(steps[2])
    assert all(steps[1]) and all(steps[3])
    assert scaler.get_scale() == 64.0


@pytest.mark.parametrize("build", PAIRS.values(), ids=PAIRS)
def test_scaled_steps_are_the_plain_ones(build):
    players = Plain(), Generator()
    twins = copy.deepcopy(players)
    scaler = torch.amp.GradScaler(device="cpu", init_scale=1024.0)  # a power of two: no rounding
    joint, plain = JointOptimizer(*build(*players)), JointOptimizer(*build(*twins))
    for _ in range(3):
        real, latents = images(), torch.randn(BATCH, 5)
        joint.zero_grad()
        plain.zero_grad()
        scale = scaler.scale(torch.ones(()))
        OneStage(players[0], "hinge").backward(real, players[1](latents), scale=scale)
        OneStage(twins[0], "hinge").backward(real, twins[1](latents))
        scaler.step(joint)
        scaler.update()
        plain.step()
    for mine, theirs in zip(_copies(*players), _copies(*twins), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-6)


def test_equals_two_steps():
    players, closures = (Plain(), Generator()), []
    twins = copy.deepcopy(players)
    for module in (*players, *twins):
        torch.manual_seed(1)
        for weight in module.parameters():
            weight.grad = torch.randn_like(weight)
    joint = JointOptimizer(ADAM(players[0].parameters()), ADAM(players[1].parameters()))
    assert joint.step(lambda: closures.append(torch.is_grad_enabled()) or 7) == 7
    assert closures == [True]
    for module in twins:
        ADAM(module.parameters()).step()
    for mine, theirs in zip(_copies(*players), _copies(*twins), strict=True):
        assert mine.equal(theirs)


def test_schedules_act_on_either():
    opt_d, opt_g = (torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0) for _ in range(2))
    joint = JointOptimizer(opt_d, opt_g)
    torch.optim.lr_scheduler.LambdaLR(opt_d, lambda _: 0.5)
    assert [group["lr"] for group in joint.param_groups] == [0.5, 1.0]
    torch.optim.lr_scheduler.LambdaLR(joint, lambda _: 0.1)
    assert (opt_d.param_groups[0]["lr"], opt_g.param_groups[0]["lr"]) == (0.1, 0.1)


def test_zero_grad_reaches_both():
    players = Plain(), Generator()
    for module in players:
        for weight in module.parameters():
            weight.grad = torch.ones_like(weight)
    JointOptimizer(*(ADAM(m.parameters()) for m in players)).zero_grad()
    assert all(p.grad is None for m in players for p in m.parameters())


def test_state_is_saved_and_restored():
    players = Plain(), Generator()
    joint = JointOptimizer(*(ADAM(m.parameters(), lr=0.1) for m in players))
    for module in players:
        for weight in module.parameters():
            weight.grad = torch.randn_like(weight)
    joint.step()
    twins = copy.deepcopy(players)
    for module, twin in zip(players, twins, strict=True):
        for weight, other in zip(module.parameters(), twin.parameters(), strict=True):
            other.grad = weight.grad.clone()
    again = JointOptimizer(*(ADAM(m.parameters(), lr=0.5) for m in twins))
    again.load_state_dict(copy.deepcopy(joint.state_dict()))
    joint.step()
    again.step()
    assert [g["lr"] for g in again.param_groups] == [0.1, 0.1]
    for mine, theirs in zip(_copies(*players), _copies(*twins), strict=True):
        assert mine.equal(theirs)


def test_refuses():
    weight = nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match="at least one"):
        JointOptimizer()
    with pytest.raises(ValueError, match=r"have a parameter in common.*its own player"):
        JointOptimizer(ADAM([weight]), ADAM([weight]))
    one, two = (ADAM([nn.Parameter(torch.ones(1))]) for _ in range(2))
    with pytest.raises(ValueError, match=r"holds 1 optimisers.*has 2"):
        JointOptimizer(one, two).load_state_dict(JointOptimizer(one).state_dict())


def test_a_group_is_added_to_one_of_the_optimisers():
    opt_d, opt_g = (ADAM([nn.Parameter(torch.ones(1))]) for _ in range(2))
    joint = JointOptimizer(opt_d, opt_g)
    new = nn.Parameter(torch.ones(1))
    with pytest.raises(ValueError, match="Add the group to one of its optimisers"):
        joint.add_param_group({"params": [new]})
    opt_g.add_param_group({"params": [new]})
    for _ in range(2):
        joint.zero_grad()
        assert new.grad is None
        (2 * new).sum().backward()
        joint.step()
    assert new.grad == 2 and new < 1


def test_optimisers_that_load_by_themselves_are_still_scheduled():
    """Checkpoints of two stages have a state for each player."""
    opt_d, opt_g = (torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0) for _ in range(2))
    joint = JointOptimizer(opt_d, opt_g)
    for optimizer in (opt_d, opt_g):
        optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    torch.optim.lr_scheduler.LambdaLR(joint, lambda _: 0.5)
    assert (opt_d.param_groups[0]["lr"], opt_g.param_groups[0]["lr"]) == (0.5, 0.5)
