"""A VQGAN-style autoencoder: hinge PatchGAN that starts late, with an adaptive weight.

The weight compares two gradients at the decoder's last layer: of the reconstruction and of the
adversarial term. Its famous code (taming-transformers) runs the autoencoder once for each optimiser
and walks back through D twice, for the weight and for the step. As a diff:

    -    m.d.requires_grad_(False)
    -    loss_g = -m.d(rec).mean()
         m.opt_ae.zero_grad()
    -    (last_g,) = grad(loss_g, m.ae.last.weight, retain_graph=True)
    +    m.opt_d.zero_grad()
    +    _, at_rec = m.game.gradients(x, rec)
    +    (last_g,) = grad(rec, m.ae.last.weight, at_rec, retain_graph=True)
         weight = m.adaptive_weight(loss_rec, last_g)
    -    (loss_rec + loss_q + weight * loss_g).backward()
    +    torch.autograd.backward([loss_rec + loss_q, rec], [None, weight * at_rec])
         m.opt_ae.step()
    -    m.d.requires_grad_(True)
    -    m.opt_d.zero_grad()
    -    rec, _ = m.ae(x)
    -    (F.relu(1 - m.d(x)).mean() + F.relu(1 + m.d(rec.detach())).mean()).backward()
         m.opt_d.step()

"two-stage-tuned" keeps `rec`, and walks through D once for both: the same updates as one stage.
"""

import torch
from _compare import Bar, Example, compare
from _fade import fade
from _images import detail, digits, shuffled
from pix2pix import patch_discriminator
from torch import nn
from torch.autograd import grad
from torch.nn import functional as F

from onestage import OneStage


class VQAutoencoder(nn.Module):  # 32 x 32 pixels to 8 x 8 of 128 codes, and back
    def __init__(self, w=32, num_codes=128, dim=8):
        super().__init__()

        def conv(i, o):
            return [nn.Conv2d(i, o, 3, 1, 1), nn.GroupNorm(8, o), nn.SiLU()]

        down = [nn.Conv2d(1, w, 4, 2, 1), *conv(w, w), nn.Conv2d(w, 2 * w, 4, 2, 1)]
        up = [*conv(dim, 2 * w), nn.Upsample(scale_factor=2), *conv(2 * w, w)]
        up += [nn.Upsample(scale_factor=2), *conv(w, w // 2)]
        self.encoder = nn.Sequential(*down, *conv(2 * w, 2 * w), nn.Conv2d(2 * w, dim, 1))
        self.decoder, self.last = nn.Sequential(*up), nn.Conv2d(w // 2, 1, 3, 1, 1)
        self.codes = nn.Parameter(0.4 * torch.randn(num_codes, dim))

    def forward(self, x):
        z = self.encoder(x).movedim(1, -1)  # [B, 8, 8, dim]
        code = self.codes[torch.cdist(z.flatten(0, 2), self.codes).argmin(1)].view_as(z)
        loss = F.mse_loss(code, z.detach()) + 0.25 * F.mse_loss(code.detach(), z)
        code = z + (code - z).detach()  # straight through
        return self.last(self.decoder(code.movedim(-1, 1))), loss


class Players:
    def __init__(self, num_steps):
        self.ae, self.d = VQAutoencoder(), patch_discriminator(1)
        self.opt_ae = torch.optim.Adam(self.ae.parameters(), 1e-3, (0.5, 0.9))
        self.opt_d = torch.optim.Adam(self.d.parameters(), 1e-3, (0.5, 0.9))
        fade(num_steps, self.opt_ae)
        self.game = OneStage(self.d, "hinge")
        self.wait = int(0.4 * num_steps)  # steps before the adversarial term

    def adaptive_weight(self, loss_rec, last_g):
        (last_rec,) = grad(loss_rec, self.ae.last.weight, retain_graph=True)
        return 0.8 * (last_rec.norm() / (last_g.norm() + 1e-4)).clamp(0, 1e4).detach()


def late(adversarial_step):
    def step(m, x):
        m.wait -= 1
        if m.wait < 0:
            return adversarial_step(m, x)
        rec, loss_q = m.ae(x)
        m.opt_ae.zero_grad()
        (F.l1_loss(rec, x) + loss_q).backward()
        return m.opt_ae.step()

    return step


def two_stage_step(m, x):
    rec, loss_q = m.ae(x)
    loss_rec = F.l1_loss(rec, x)
    m.d.requires_grad_(False)
    loss_g = -m.d(rec).mean()
    m.opt_ae.zero_grad()
    (last_g,) = grad(loss_g, m.ae.last.weight, retain_graph=True)
    weight = m.adaptive_weight(loss_rec, last_g)
    (loss_rec + loss_q + weight * loss_g).backward()
    m.opt_ae.step()
    m.d.requires_grad_(True)
    m.opt_d.zero_grad()
    rec, _ = m.ae(x)
    (F.relu(1 - m.d(x)).mean() + F.relu(1 + m.d(rec.detach())).mean()).backward()
    m.opt_d.step()


def one_stage_step(m, x, tuned=False):
    rec, loss_q = m.ae(x)
    loss_rec = F.l1_loss(rec, x)
    m.opt_ae.zero_grad()
    m.opt_d.zero_grad()
    at_rec = tuned_gradients(m, x, rec) if tuned else m.game.gradients(x, rec)[1]
    (last_g,) = grad(rec, m.ae.last.weight, at_rec, retain_graph=True)
    weight = m.adaptive_weight(loss_rec, last_g)
    torch.autograd.backward([loss_rec + loss_q, rec], [None, weight * at_rec])
    m.opt_ae.step()
    m.opt_d.step()


def tuned_gradients(m, x, rec):
    (F.relu(1 - m.d(x)).mean() + F.relu(1 + m.d(rec.detach())).mean()).backward()
    m.d.requires_grad_(False)
    (at_rec,) = grad(-m.d(rec).mean(), rec)
    m.d.requires_grad_(True)
    return at_rec


@torch.no_grad()
def quality(m):
    x = digits(32, test=True)
    rec, _ = m.ae(x)
    return {"L1": float(F.l1_loss(rec, x)), "detail": detail(rec, x)}


EXAMPLE = Example(
    build=Players,
    batches=lambda seed: shuffled(digits(32, test=False), 16, seed, mirror=False),
    versions={
        "two-stage": late(two_stage_step),
        "two-stage-tuned": late(lambda m, x: one_stage_step(m, x, tuned=True)),
        "one-stage": late(one_stage_step),
    },
    quality=quality,
    bars={"L1": Bar(False, slack=0.01, reach=0.1), "detail": Bar(True, slack=0.1, reach=0.8)},
    flop_bars={"two-stage": 1.3, "two-stage-tuned": 1.07},
    steps=400,
    timed_from=165,
)

if __name__ == "__main__":
    raise SystemExit(bool(compare(EXAMPLE).failures))
