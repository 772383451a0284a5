"""The remaining losses and penalties against two separate stages, in float64."""

import pytest
import torch
from tests._discriminators import BATCH, ZOO, Generator, images, shift_

from onestage.losses import build_loss
from onestage.losses._f_gan import DIVERGENCES
from onestage.penalties import DRAGAN, R1, R2, GradientPenalty
from onestage.testing import assert_exact

DTYPE = torch.float64
LOSSES = {
    "fisher": lambda: build_loss("fisher", rho=0.3),
    "boundary_seeking": lambda: build_loss("boundary_seeking"),
    **{
        f"f_gan-{name}": lambda name=name: build_loss("f_gan", divergence=name)
        for name in DIVERGENCES
    },
    **{
        f"f_gan-{name}-alternative": lambda name=name: build_loss(
            "f_gan", divergence=name, saturating=False
        )
        for name in DIVERGENCES
    },
}
PENALTIES = {
    "none": (),
    "r2": (R2(1.3),),
    "r1+r2": (R1(0.7), R2(1.3)),
    "r2-lazy": (R2(1.3, every=4),),
    "dragan": (DRAGAN(),),
    "dragan+r2": (DRAGAN(2.0), R2(1.3)),
    "gp+r1": (GradientPenalty(3.0), R1(0.7)),
}
DISCRIMINATORS = ("conv", "batch_norm", "patch", "two_heads", "spectral_norm", "condition")
SHIFTS = (0.0, -3.0)


def _expected(rules, name, penalties):
    if any(penalty.branch == "fake" for penalty in penalties):
        return "shared_penalty" if ZOO[name].ratio else "dual"
    if rules.reversal is not None:
        return "reversal"
    return "ratio" if ZOO[name].ratio else "dual"


def _check(rules, name, penalties, shift=0.0):
    row = ZOO[name]
    discriminator, generator = row.build().to(DTYPE), Generator().to(DTYPE)
    shift_(discriminator, shift)
    real_args, fake_args = row.conditions(BATCH)
    found = assert_exact(
        discriminator,
        rules,
        images(dtype=DTYPE),
        generator(torch.randn(BATCH, 5, dtype=DTYPE)),
        real_args=real_args,
        fake_args=fake_args,
        penalties=penalties,
    )
    assert found.strategy == _expected(rules, name, penalties)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", DISCRIMINATORS)
@pytest.mark.parametrize("loss", LOSSES)
def test_losses(loss, name, shift):
    rules = LOSSES[loss]()
    if rules.commit is not None:  # a multiplier that has moved
        rules.commit(torch.randn(BATCH, dtype=DTYPE), torch.randn(BATCH, dtype=DTYPE))
    _check(rules, name, (), shift)


@pytest.mark.parametrize("penalties", [p for p in PENALTIES if p != "none"])
@pytest.mark.parametrize("name", DISCRIMINATORS)
@pytest.mark.parametrize("loss", ["relativistic", "hinge", "minimax", "fisher"])
def test_penalties(loss, name, penalties):
    _check(build_loss(loss), name, PENALTIES[penalties])
