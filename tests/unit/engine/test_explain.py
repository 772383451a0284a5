"""What `explain` says a penalty costs is what is counted."""

import re

import pytest
import torch

from onestage import DRAGAN, R1, R2, GradientPenalty, OneStage
from onestage.bench import count_flops
from onestage.networks import DCGANDiscriminator


def discriminator() -> DCGANDiscriminator:
    return DCGANDiscriminator(image_size=32, base_width=8, norm="none")


def batch() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.rand(4, 3, 32, 32), torch.rand(4, 3, 32, 32, requires_grad=True)


@pytest.mark.parametrize("penalty", [R1(1.0), R2(1.0), GradientPenalty(), DRAGAN()])
def test_cost_of_a_penalty(penalty):
    net, (real, fake) = discriminator(), batch()
    flops = {}
    for penalties in ((), (penalty,)):
        game = OneStage(net, "hinge", penalties=penalties)
        game.backward(real, fake.view_as(fake))  # plans and probes
        flops[penalties] = count_flops(lambda game=game: game.backward(real, fake.view_as(fake)))
    forward = count_flops(lambda: net(real))
    stated = float(re.search(r"(\d) D more", game.explain()).group(1))
    # The first layer's input gradient, which only some walks need, is most of the difference.
    assert (flops[(penalty,)] - flops[()]) / forward == pytest.approx(stated, rel=0.1)


def test_before_the_first_step():
    assert "Not planned yet" in OneStage(discriminator(), "hinge").explain()
