from functools import partial

import pytest
import torch

from onestage import R1, GradientPenalty, LeCam
from onestage.bench import Game, one_stage, two_stage_naive, two_stage_tuned
from onestage.losses import LOSSES, build_loss
from onestage.networks import DCGANDiscriminator, DCGANGenerator


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "penalty", [None, R1, partial(R1, every=3), GradientPenalty, LeCam, partial(LeCam, every=3)]
)
def test_all_contenders_give_the_same_gradients(loss, penalty):
    generator = DCGANGenerator(
        image_size=16, channels=1, latent_dim=4, base_width=4, norm="group"
    ).double()
    discriminator = DCGANDiscriminator(image_size=16, channels=1, base_width=4).double()
    z, real = torch.randn(4, 4).double(), torch.rand(4, 1, 16, 16).double()

    def game() -> Game:
        return Game(
            discriminator,
            lambda: generator(z),
            build_loss(loss),  # a new one each, as of the penalty: Fisher and LeCam learn
            real,
            penalties=() if penalty is None else (penalty(1.0),),
            other_loss=lambda fake: fake.square().mean(),
        )

    found = {}
    for build in (one_stage, two_stage_tuned, two_stage_naive):
        generator.zero_grad()
        discriminator.zero_grad()
        torch.manual_seed(1)  # the gradient penalty's points
        build(game())()
        # The naive one does not freeze D in G's stage: what it leaves there is no gradient of L_D.
        players = [generator] if build is two_stage_naive else [generator, discriminator]
        found[build] = [p.grad.clone() for player in players for p in player.parameters()]
    for ours, theirs in zip(found[one_stage], found[two_stage_tuned], strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-14)
    for ours, theirs in zip(found[one_stage], found[two_stage_naive], strict=False):
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-14)
