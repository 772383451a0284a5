"""What one stage saves on the R3GAN-style pair: relativistic pairs with R1 and R2 at every step."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from onestage.bench import Game, one_stage, two_stage_tuned
from onestage.losses import build_loss
from onestage.networks import R3GANDiscriminator, R3GANGenerator
from onestage.penalties import R1, R2

BATCH = 4
OPTIONS = {"image_size": 32, "base_width": 8, "group_size": 16}


def _convolution_backward(y, x, w, b, stride, pad, dilate, transposed, out, groups, mask, **_):
    """Torch's own formula counts a grouped convolution's weight gradient `groups` times."""
    assert not transposed
    weights = w[0] * w[1] * w[2] * w[3]
    return 2 * y[0] * y[2] * y[3] * weights * (mask[0] + mask[1])


def _flops(step):
    mapping = {torch.ops.aten.convolution_backward: _convolution_backward}
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        step()
    return counter.get_total_flops()


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
    return _flops(one), _flops(two_stage_tuned(game))


def test_discriminators_flops(pair):
    """12 units against 15, a forward of D being one."""
    _, discriminator = pair
    fake = torch.randn(BATCH, 3, 32, 32, requires_grad=True)
    one, tuned = _measure(discriminator, lambda: fake.view_as(fake))
    unit = _flops(lambda: discriminator(fake))
    assert one / unit == pytest.approx(12, rel=0.01)
    assert tuned / unit == pytest.approx(15, rel=0.01)
    assert tuned / one >= 1.2


def test_the_whole_steps_flops(pair):
    generator, discriminator = pair
    latents = torch.randn(BATCH, 8)
    one, tuned = _measure(discriminator, lambda: generator(latents))
    assert tuned / one >= 1.15
