"""What a step says of its ratios."""

import pytest
import torch
from tests._discriminators import Generator, Patch, group_norm, images

from onestage import R2, OneStage


def play(loss, discriminator, penalties=()):
    torch.manual_seed(0)
    game = OneStage(discriminator, loss, penalties=penalties)
    return game.backward(images(), Generator()(torch.randn(6, 5)))


@pytest.mark.parametrize("penalties", [(), (R2(1.0),)])
def test_the_ratio_of_the_non_saturating_loss_is_the_paper_s(penalties):
    step = play("nonsaturating", group_norm(), penalties)
    torch.testing.assert_close(step.ratios, -torch.exp(-step.fake_outputs))


def test_it_is_infinite_where_hinge_ignores_a_sample():
    discriminator = group_norm()
    with torch.no_grad():
        discriminator.head.bias.fill_(-5.0)
    step = play("hinge", discriminator)
    assert step.ratios.isinf().all()
    assert step.finite


def test_there_is_none_where_no_ratio_is_taken():
    assert play("hinge", Patch()).ratios is None
    assert play("wasserstein", group_norm()).ratios is None
