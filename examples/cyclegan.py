"""CycleGAN: white digits on black to orange ones on blue and back, unpaired, in one stage.

Zhu et al., ICCV 2017: two generators and two PatchGANs, 10 times the cycle and 5 times the identity
term. Code that people have trains the generators first and then both D on the same fakes, so
D(fake) runs twice; the tuned one freezes both D meanwhile. From it to one stage:

         p.opt_g.zero_grad()
    -    (loss_g(p.d_b(fake_b)) + loss_g(p.d_a(fake_a)) + rest).backward()
    -    p.opt_g.step()
         p.opt_d.zero_grad()
    -    loss_d(p.d_b(b), p.d_b(fake_b.detach())).backward()
    -    loss_d(p.d_a(a), p.d_a(fake_a.detach())).backward()
    +    _, grad_b = p.game.gradients(b, fake_b, generator_weight=2.0)
    +    _, grad_a = p.game_a.gradients(a, fake_a, generator_weight=2.0)
    +    torch.autograd.backward([fake_b, fake_a, rest], [grad_b, grad_a, None])
         p.opt_d.step()
    +    p.opt_g.step()

CycleGAN halves D's loss but not the generators': least squares' factor 1/2 with weight 2. The two
stages update both players at the same weights already, so one stage follows them to rounding, with
any optimiser. It has no pool of older fakes: D judges those that the generators learn from. The
generators run three times each, and one stage saves none of that: a few per cent of the FLOPs, and
no time that can be told from noise.
"""

from functools import partial
from itertools import chain
from types import SimpleNamespace

import torch
from _compare import Bar, Example, compare
from _digits import fidelity, unpaired
from torch import nn
from torch.nn import functional as F

from onestage import OneStage
from onestage.losses import build_loss


def block(num_inputs, num_outputs, size, stride=1):
    conv = nn.Conv2d(num_inputs, num_outputs, size, stride, (size - 1) // 2)
    return nn.Sequential(conv, nn.InstanceNorm2d(num_outputs), nn.LeakyReLU(0.2))


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def generator():
    return nn.Sequential(
        block(3, 16, 5),
        block(16, 32, 4, 2),
        Residual(block(32, 32, 3), nn.Conv2d(32, 32, 3, 1, 1)),
        Residual(block(32, 32, 3), nn.Conv2d(32, 32, 3, 1, 1)),
        nn.Upsample(scale_factor=2),
        block(32, 16, 3),
        nn.Conv2d(16, 3, 5, 1, 2),
        nn.Tanh(),
    )


def patch_discriminator():
    first = nn.Sequential(nn.Conv2d(3, 32, 4, 2, 1), nn.LeakyReLU(0.2))
    return nn.Sequential(first, block(32, 64, 4), nn.Conv2d(64, 1, 3, 1, 1))


def build(num_steps):
    g_ab, g_ba, d_a, d_b = generator(), generator(), patch_discriminator(), patch_discriminator()
    opt_g, opt_d = (
        torch.optim.Adam(chain(*(net.parameters() for net in nets)), 1e-3, (0.5, 0.999))
        for nets in ((g_ab, g_ba), (d_a, d_b))
    )
    nets = {"g_ab": g_ab, "g_ba": g_ba, "d_a": d_a, "d_b": d_b, "opt_g": opt_g, "opt_d": opt_d}
    games = {"game": OneStage(d_b, "least_squares"), "game_a": OneStage(d_a, "least_squares")}
    return SimpleNamespace(**nets, **games)


def translate(p, a, b):
    """The fakes, and the generators' terms that no D has a part in."""
    fake_b, fake_a = p.g_ab(a), p.g_ba(b)
    cycle = F.l1_loss(p.g_ba(fake_b), a) + F.l1_loss(p.g_ab(fake_a), b)
    identity = F.l1_loss(p.g_ab(b), b) + F.l1_loss(p.g_ba(a), a)
    return fake_b, fake_a, 10 * cycle + 5 * identity


loss_d = build_loss("least_squares").discriminator_loss


def loss_g(fake_out):
    return (fake_out - 1).square().mean()


def two_stage_step(p, batch, tuned=False):
    a, b = batch
    fake_b, fake_a, rest = translate(p, a, b)
    for d in (p.d_a, p.d_b):
        d.requires_grad_(not tuned)
    p.opt_g.zero_grad()
    (loss_g(p.d_b(fake_b)) + loss_g(p.d_a(fake_a)) + rest).backward()
    p.opt_g.step()
    for d in (p.d_a, p.d_b):
        d.requires_grad_(True)
    p.opt_d.zero_grad()
    loss_d(p.d_b(b), p.d_b(fake_b.detach())).backward()
    loss_d(p.d_a(a), p.d_a(fake_a.detach())).backward()
    p.opt_d.step()


def one_stage_step(p, batch):
    a, b = batch
    fake_b, fake_a, rest = translate(p, a, b)
    p.opt_g.zero_grad()
    p.opt_d.zero_grad()
    _, grad_b = p.game.gradients(b, fake_b, generator_weight=2.0)
    _, grad_a = p.game_a.gradients(a, fake_a, generator_weight=2.0)
    torch.autograd.backward([fake_b, fake_a, rest], [grad_b, grad_a, None])
    p.opt_g.step()
    p.opt_d.step()


@torch.no_grad()
def quality(p):
    return fidelity(p.g_ab, p.g_ba)


EXAMPLE = Example(
    build,
    batches=partial(unpaired, 16),
    versions={
        "two-stage": two_stage_step,
        "two-stage-tuned": partial(two_stage_step, tuned=True),
        "one-stage": one_stage_step,
    },
    quality=quality,
    bars={
        "cycle L1": Bar(False, 0.03, 0.12),
        "true L1": Bar(False, 0.03, 0.12),
        "accuracy": Bar(True, 0.03, 0.95),
    },
    flop_bars={"two-stage": 1.05, "two-stage-tuned": 1.02},
    steps=250,
)

if __name__ == "__main__":
    raise SystemExit(bool(compare(EXAMPLE).failures))
