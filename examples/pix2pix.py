"""Grey photographs to colour with a PatchGAN and an L1 term, as in pix2pix.

Its famous code reuses the fake for G's stage and freezes D there: it is the tuned scheme. Here is
the diff to one stage; D takes the pair of input and output, as there:

         fake = m.g(grey)
    +    m.opt_g.zero_grad()
         m.opt_d.zero_grad()
    -    m.d.requires_grad_(True)
    -    pred_fake = m.d(torch.cat((grey, fake.detach()), 1))
    -    pred_real = m.d(torch.cat((grey, colour), 1))
    -    loss_d = bce(pred_fake, 0) + bce(pred_real, 1)
    -    loss_d.backward()
    -    m.opt_d.step()
    -    m.d.requires_grad_(False)
    -    m.opt_g.zero_grad()
    -    pred_fake = m.d(torch.cat((grey, fake), 1))
    -    loss_g = bce(pred_fake, 1) + LAMBDA * F.l1_loss(fake, colour)
    -    loss_g.backward()
    +    real_pair, fake_pair = torch.cat((grey, colour), 1), torch.cat((grey, fake), 1)
    +    m.game.backward(real_pair, fake_pair, generator_loss=LAMBDA * F.l1_loss(fake, colour))
    +    m.opt_d.step()
         m.opt_g.step()

G is a U-Net with dropout; D has BatchNorm and gives a map of logits, so the dual strategy is taken:
3 G + 7 D instead of 3 G + 8 D, with a G twice as dear as D (as in pix2pix) 7 % less work.
"""

import torch
from _compare import Bar, Example, compare
from _fade import fade
from _images import photographs, shuffled
from torch import nn
from torch.nn import functional as F

from onestage import OneStage

LAMBDA = 100.0


class Level(nn.Module):
    """One level of a U-Net: down, whatever is inside, up; the input is handed past it."""

    def __init__(self, channels, width, out, inside=None):
        super().__init__()
        self.inside = inside or nn.Identity()
        self.down = nn.Sequential(
            nn.Conv2d(channels, width, 4, 2, 1), nn.BatchNorm2d(width), nn.LeakyReLU(0.2)
        )
        self.up = nn.Sequential(
            nn.ConvTranspose2d(2 * width if inside else width, out, 4, 2, 1),
            *(nn.BatchNorm2d(out), nn.Dropout(0.2), nn.ReLU()),
        )

    def forward(self, x):
        return torch.cat((x, self.up(self.inside(self.down(x)))), 1)


def generator(w=32):
    levels = Level(2 * w, 4 * w, 2 * w, Level(4 * w, 4 * w, 4 * w))
    levels = Level(1, w, w // 2, Level(w, 2 * w, w, levels))
    return nn.Sequential(levels, nn.Conv2d(1 + w // 2, 3, 3, 1, 1), nn.Tanh())


def patch_discriminator(channels, width=32):
    def conv(i, o, stride):
        return [nn.Conv2d(i, o, 4, stride, 1), nn.BatchNorm2d(o), nn.LeakyReLU(0.2)]

    first = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    body = [*conv(width, 2 * width, 2), *conv(2 * width, 4 * width, 1)]
    return nn.Sequential(*first, *body, nn.Conv2d(4 * width, 1, 4, 1, 1))


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


class Players:
    def __init__(self, num_steps):
        self.g, self.d = generator(), patch_discriminator(4)
        self.opt_g = torch.optim.Adam(self.g.parameters(), 1e-3, (0.5, 0.999))
        self.opt_d = torch.optim.Adam(self.d.parameters(), 2e-4, (0.5, 0.999))
        fade(num_steps, self.opt_g, self.opt_d)
        self.game = OneStage(self.d, "nonsaturating")


def two_stage_step(m, batch):
    grey, colour = batch
    fake = m.g(grey)
    m.opt_d.zero_grad()
    m.d.requires_grad_(True)
    pred_fake = m.d(torch.cat((grey, fake.detach()), 1))
    pred_real = m.d(torch.cat((grey, colour), 1))
    loss_d = bce(pred_fake, 0) + bce(pred_real, 1)
    loss_d.backward()
    m.opt_d.step()
    m.d.requires_grad_(False)
    m.opt_g.zero_grad()
    pred_fake = m.d(torch.cat((grey, fake), 1))
    loss_g = bce(pred_fake, 1) + LAMBDA * F.l1_loss(fake, colour)
    loss_g.backward()
    m.opt_g.step()


def one_stage_step(m, batch):
    grey, colour = batch
    fake = m.g(grey)
    m.opt_g.zero_grad()
    m.opt_d.zero_grad()
    real_pair, fake_pair = torch.cat((grey, colour), 1), torch.cat((grey, fake), 1)
    m.game.backward(real_pair, fake_pair, generator_loss=LAMBDA * F.l1_loss(fake, colour))
    m.opt_d.step()
    m.opt_g.step()


def batches(seed):
    for colour in shuffled(photographs(32, test=False), 16, seed):
        yield colour.mean(1, keepdim=True), colour


@torch.no_grad()
def quality(m):
    """`saturation`: how far colours are from grey, over how far the real ones are."""
    colour = photographs(32, test=True)
    grey = colour.mean(1, keepdim=True)
    m.g.eval()
    fake = m.g(grey)
    m.g.train()
    saturation = (fake - fake.mean(1, keepdim=True)).abs().mean() / (colour - grey).abs().mean()
    return {"L1": float(F.l1_loss(fake, colour)), "saturation": float(saturation)}


EXAMPLE = Example(
    Players,
    batches,
    versions={"two-stage": two_stage_step, "one-stage": one_stage_step},
    quality=quality,
    bars={"L1": Bar(False, slack=0.01, reach=0.09), "saturation": Bar(True, slack=0.1, reach=0.5)},
    flop_bars={"two-stage": 1.07},
    steps=400,
)

if __name__ == "__main__":
    raise SystemExit(bool(compare(EXAMPLE).failures))
