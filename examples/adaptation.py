"""Domain adaptation with swapped labels and predictions (CDAN): digits to striped digits.

D sees features with predicted classes (Long et al., NeurIPS 2018); the features descend its loss
with the domains' labels swapped, which no gradient reversal layer can express. From two stages:

         p.opt_d.zero_grad()
    -    domain_loss(p.d(seen.detach()), IS_SOURCE).backward()
    -    p.opt_d.step()
         p.opt_f.zero_grad()
    -    (cross_entropy(logits, labels) + weight * domain_loss(p.d(seen), 1 - IS_SOURCE)).backward()
    +    p.game.backward(source, labels, target)
    +    p.opt_d.step()
         p.opt_f.step()

With "reversal" it is DANN, whose plain layer is one stage already: there is nothing to save. The
task was chosen with the target's labels known.
"""

from functools import partial
from types import SimpleNamespace

import torch
from _compare import Bar, Example, compare
from _fade import fade
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as domain_loss
from torch.nn.functional import cross_entropy

from onestage.apps import adaptation as da
from onestage.data import build_loader

BATCH, DOMAINS = 64, da.build_domains(da.build_adapt_config())
IS_SOURCE = torch.cat([torch.ones(BATCH), torch.zeros(BATCH)])


def build(num_steps):
    f, c = da.ImageFeatures(image_size=8, channels=1, base_width=32), nn.Linear(128, 10)
    d, weight = da.DomainDiscriminator(10 * 128), da.ramp(0.3, num_steps)
    opt_f = torch.optim.Adam([*f.parameters(), *c.parameters()], 1e-3, (0.5, 0.999))
    opt_d = torch.optim.Adam(d.parameters(), 1e-3, (0.5, 0.999))
    fade(num_steps, opt_f, opt_d)
    game = da.DomainAdaptation(f, c, d, "swapped-labels", weight, conditional="cdan")
    optimizers = {"opt_f": opt_f, "opt_d": opt_d}
    return SimpleNamespace(f=f, c=c, d=d, **optimizers, game=game, weight=weight, step=0)


def batches(seed):
    own = build_loader(DOMAINS.source, BATCH, seed=seed, labels=True)
    others = build_loader(DOMAINS.target, BATCH, seed=seed + 1)
    return ((*source, target) for source, target in zip(own, others, strict=True))


def look(p, source, target):
    own, others = p.f(source), p.f(target)
    logits = p.c(own)
    guesses = torch.cat([logits, p.c(others)]).detach().softmax(1)
    return da.multilinear(torch.cat([own, others]), guesses), logits


def two_stage_step(p, batch, tuned=False):
    """Tuned: the features are run once, and D is frozen in their stage."""
    source, labels, target = batch
    with torch.set_grad_enabled(tuned):
        seen, logits = look(p, source, target)
    p.opt_d.zero_grad()
    domain_loss(p.d(seen.detach()), IS_SOURCE).backward()
    p.opt_d.step()
    if not tuned:
        seen, logits = look(p, source, target)
    p.opt_f.zero_grad()
    p.d.requires_grad_(not tuned)
    weight, p.step = p.weight(p.step), p.step + 1
    (cross_entropy(logits, labels) + weight * domain_loss(p.d(seen), 1 - IS_SOURCE)).backward()
    p.d.requires_grad_(True)
    p.opt_f.step()


def one_stage_step(p, batch):
    p.opt_d.zero_grad()
    p.opt_f.zero_grad()
    p.game.backward(*batch)
    p.opt_d.step()
    p.opt_f.step()


@torch.no_grad()
def quality(p):
    parts = {"target": DOMAINS.target_test, "source": DOMAINS.source_test}
    seen = {name: p.c(p.f(torch.stack(list(part)))).argmax(1) for name, part in parts.items()}
    return {name: float((seen[name] == part.labels).float().mean()) for name, part in parts.items()}


TUNED = partial(two_stage_step, tuned=True)
VERSIONS = {"two-stage": two_stage_step, "two-stage-tuned": TUNED, "one-stage": one_stage_step}
BARS = {"target": Bar(True, 0.02, 0.93), "source": Bar(True, 0.02, 0.95)}
FLOP_BARS = {"two-stage": 1.3, "two-stage-tuned": 1.1}
EXAMPLE = Example(build, batches, VERSIONS, quality, BARS, FLOP_BARS, steps=500)

if __name__ == "__main__":
    raise SystemExit(bool(compare(EXAMPLE).failures))
