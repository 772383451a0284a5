"""A vocoder: coarse spectrograms to waveforms, judged by periods and scales, in one stage.

Small networks of HiFi-GAN's kind, and its losses (Kong et al., NeurIPS 2020): least squares with
factor 1, twice the feature matching, 45 times the L1 of log spectra. The published scheme runs D
four times a step. From it to one stage, `zero_grad` and `step` of the optimisers left out:

    -    loss_d(p.d(real), p.d(fake.detach())).backward()
    -    (loss_g(p.d(real), p.d(fake)) + 45 * spectral_distance(real, fake)).backward()
    +    game = OneStage(d, SeparableLoss(lsgan.real, lsgan.fake, loss_g, logits=lsgan.logits))
    +    game.backward(real, fake, generator_loss=45 * spectral_distance(real, fake))

Feature matching stays in `loss_g`: D's real outputs come to it, detached, from D's one pass.
beta1 is 0.5 instead of 0.8 for every version: simultaneous updates want less momentum.
"""

from functools import partial
from types import SimpleNamespace

import torch
from _compare import Bar, Example, compare
from _fade import fade
from _tones import BANDS, coarse, spectral_distance, synthesise
from torch import nn
from torch.nn import functional as F

from onestage import OneStage, SeparableLoss
from onestage.losses import build_loss


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv1d(width, width, 5, 1, 2 * d, d) for d in (1, 3))

    def forward(self, x):
        for conv in self.convs:
            x = x + conv(F.leaky_relu(x, 0.1))
        return x


def generator():
    layers = [nn.Conv1d(BANDS, 64, 5, 1, 2)]
    for width in (64, 32, 16):
        up = nn.ConvTranspose1d(width, width // 2, 8, 4, 2)
        layers += [nn.LeakyReLU(0.1), up, Residual(width // 2)]
    return nn.Sequential(*layers, nn.LeakyReLU(0.1), nn.Conv1d(8, 1, 7, 1, 3), nn.Tanh())


class Head(nn.Module):
    """Folds the wave by `period`, averages it by `scale`; returns [features ..., logits]."""

    def __init__(self, period=1, scale=1):
        super().__init__()
        self.period, self.scale = period, scale
        widths = [(1, 16), (16, 32), (32, 64)]
        self.convs = nn.ModuleList(nn.Conv2d(i, o, (7, 1), (3, 1), (3, 0)) for i, o in widths)
        self.last = nn.Conv2d(64, 1, (3, 1), 1, (1, 0))

    def forward(self, wave):
        x = F.avg_pool1d(wave, self.scale)
        x = F.pad(x, (0, -x.shape[-1] % self.period)).unflatten(-1, (-1, self.period))
        outputs = []
        for conv in self.convs:
            x = F.leaky_relu(conv(x), 0.1)
            outputs.append(x)
        return [*outputs, self.last(x)]


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.periods = nn.ModuleList(Head(period=p) for p in (2, 3, 5))
        self.scales = nn.ModuleList(Head(scale=s) for s in (1, 2, 4))

    def forward(self, wave):
        return [head(wave) for head in (*self.periods, *self.scales)]


lsgan = build_loss("least_squares", factor=1.0, logits=lambda out: [head[-1] for head in out])
loss_d = lsgan.discriminator_loss


def loss_g(real_out, fake_out):
    heads = zip(real_out, fake_out, strict=True)
    matching = sum(F.l1_loss(f, r) for head in heads for r, f in zip(*head, strict=True))
    return lsgan.generator_loss(real_out, fake_out) + 2 * matching


def build(num_steps):
    g, d = generator(), Discriminator()
    game = OneStage(d, SeparableLoss(lsgan.real, lsgan.fake, loss_g, logits=lsgan.logits))
    opt_g, opt_d = (torch.optim.AdamW(net.parameters(), 1e-3, (0.5, 0.99)) for net in (g, d))
    fade(num_steps, opt_g, opt_d)
    return SimpleNamespace(g=g, d=d, opt_g=opt_g, opt_d=opt_d, game=game)


def batches(seed):
    source = torch.Generator().manual_seed(seed)
    while True:
        yield synthesise(8, source)


def two_stage_step(p, real, tuned=False):
    """Tuned: D(real) is used twice, and D is frozen in the generator's stage."""
    fake = p.g(coarse(real))
    p.opt_d.zero_grad()
    real_out = p.d(real)
    loss_d(real_out, p.d(fake.detach())).backward()
    p.opt_d.step()
    p.opt_g.zero_grad()
    p.d.requires_grad_(not tuned)
    real_out = [[x.detach() for x in head] for head in real_out] if tuned else p.d(real)
    (loss_g(real_out, p.d(fake)) + 45 * spectral_distance(real, fake)).backward()
    p.d.requires_grad_(True)
    p.opt_g.step()


def one_stage_step(p, real):
    fake = p.g(coarse(real))
    p.opt_d.zero_grad()
    p.opt_g.zero_grad()
    p.game.backward(real, fake, generator_loss=45 * spectral_distance(real, fake))
    p.opt_d.step()
    p.opt_g.step()


@torch.no_grad()
def quality(p):
    """Log-spectral distance on held-out tones, in nepers, at the trained and a finer resolution."""
    real = synthesise(64, torch.Generator().manual_seed(12345))
    fake = p.g(coarse(real))
    return {f"LSD-{size}": float(spectral_distance(real, fake, size)) for size in (256, 1024)}


EXAMPLE = Example(
    build,
    batches,
    versions={
        "two-stage": two_stage_step,
        "two-stage-tuned": partial(two_stage_step, tuned=True),
        "one-stage": one_stage_step,
    },
    quality=quality,
    bars={"LSD-256": Bar(False, 0.05, 1.0), "LSD-1024": Bar(False, 0.05, 1.2)},
    flop_bars={"two-stage": 1.5, "two-stage-tuned": 1.1},
    steps=250,
)

if __name__ == "__main__":
    raise SystemExit(bool(compare(EXAMPLE).failures))
