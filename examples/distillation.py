"""A student of handwritten digits without data: DFAD (Fang et al. 2019), one student step a cycle.

The student is to answer like the teacher, the generator to find where it does not. From two stages:

         opt_s.zero_grad()
         opt_g.zero_grad()
    -    with torch.no_grad():
    -        fake = g(noise())
    -        target = t(fake)
    -    l1_loss(s(fake), target).backward()
    -    opt_s.step()
    -    fake = g(noise())
    -    (-l1_loss(s(fake), t(fake))).backward()
    +    game.backward(noise())
    +    opt_s.step()
         opt_g.step()

With five student steps a cycle, as published, less is saved: docs/distillation.md.
"""

from functools import cache, partial
from types import SimpleNamespace

import torch
from _compare import Bar, Example, compare
from _fade import fade
from torch.nn.functional import l1_loss

from onestage.apps import distillation as dfkd

CONFIG = dfkd.build_distillation_config()


@cache
def teacher():
    torch.manual_seed(0)
    network = dfkd.DigitsNet(base_width=16, batch_norm=False)
    return dfkd.train_digits_teacher(network, dfkd.training_images(CONFIG), seed=0, epochs=10)


def build(num_steps):
    t, s = teacher(), dfkd.DigitsNet(base_width=8, batch_norm=False)
    g = dfkd.DistillationGenerator(image_size=CONFIG.image_size, base_width=8)
    opt_s = torch.optim.SGD(s.parameters(), 0.02, momentum=0.9, weight_decay=5e-4)
    opt_g = torch.optim.Adam(g.parameters(), 1e-3)
    fade(num_steps, opt_s, opt_g)
    game = dfkd.DataFreeDistillation(t, s, g)
    return SimpleNamespace(t=t, s=s, g=g, opt_s=opt_s, opt_g=opt_g, game=game)


def batches(seed):
    while True:  # there are no data
        yield ()


def noise():
    return torch.randn(64, 64)


def two_stage_step(p, batch, tuned=False):
    """Tuned: student and teacher are frozen in the generator's stage."""
    p.t.requires_grad_(not tuned)
    p.opt_s.zero_grad()
    with torch.no_grad():
        fake = p.g(noise())
        target = p.t(fake)
    l1_loss(p.s(fake), target).backward()
    p.opt_s.step()
    p.opt_g.zero_grad()
    p.s.requires_grad_(not tuned)
    fake = p.g(noise())
    (-l1_loss(p.s(fake), p.t(fake))).backward()
    p.s.requires_grad_(True)
    p.opt_g.step()


def one_stage_step(p, batch):
    p.opt_s.zero_grad()
    p.opt_g.zero_grad()
    p.game.backward(noise())
    p.opt_s.step()
    p.opt_g.step()


EXAMPLE = Example(
    build,
    batches,
    versions={
        "two-stage": two_stage_step,
        "two-stage-tuned": partial(two_stage_step, tuned=True),
        "one-stage": one_stage_step,
    },
    quality=lambda p: dfkd.compare(p.s, p.t, dfkd.evaluation_images(CONFIG)),
    bars={"accuracy": Bar(True, 0.03, 0.9)},
    flop_bars={"two-stage": 1.4, "two-stage-tuned": 1.3},
    steps=1000,
)

if __name__ == "__main__":
    raise SystemExit(bool(compare(EXAMPLE).failures))
