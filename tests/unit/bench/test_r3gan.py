"""What one stage saves on the R3GAN-style pair: relativistic pairs with R1 and R2 at every step."""

import pytest
import torch

from onestage.bench import Game, count_flops, one_stage, two_stage_tuned
from onestage.losses import build_loss
from onestage.networks import R3GANDiscriminator, R3GANGenerator
from onestage.penalties import R1, R2

BATCH = 4
OPTIONS = {"image_size": 32, "base_width": 8, "group_size": 16}


@pytest.fixture
def pair():
    return R3GANGenerator(latent_dim=8, **OPTIONS), R3GANDiscriminator(**OPTIONS)


def _measure(discriminator, make_fake):
    game = Game(
        discriminator,
        make_fake,
        build_loss("relativistic"),
        torch.randn(BATCH, 3, 32, 32),
        penalties=(R1(1.0), R2(1.0)),
    )
    one = one_stage(game)
    one()  # the first call probes
    return count_flops(one), count_flops(two_stage_tuned(game))


def test_the_discriminators_flops(pair):
    """12 units against 15, a forward of D being one."""
    _, discriminator = pair
    fake = torch.randn(BATCH, 3, 32, 32, requires_grad=True)
    one, tuned = _measure(discriminator, lambda: fake)
    unit = count_flops(lambda: discriminator(fake))
    assert one / unit == pytest.approx(12, rel=0.01)
    assert tuned / unit == pytest.approx(15, rel=0.01)
    assert tuned / one >= 1.2


def test_the_whole_steps_flops(pair):
    generator, discriminator = pair
    latents = torch.randn(BATCH, 8)
    one, tuned = _measure(discriminator, lambda: generator(latents))
    assert tuned / one >= 1.15
