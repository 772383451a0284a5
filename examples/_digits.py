"""Two unpaired domains: white digits on black, and orange ones on blue."""

from functools import cache

import torch
from torch.nn import functional as F

from onestage.data import build_source
from onestage.metrics import load_digits_classifier


@cache
def digits():
    """(1,400 to train on, 397 held out, their labels); images [N, 3, 16, 16] in [-1, 1]."""
    source = build_source("digits", image_size=16, channels=3)
    order = torch.randperm(len(source), generator=torch.Generator().manual_seed(0))
    images = torch.stack([source[i] for i in order.tolist()])
    return images[:1400], images[1400:], source.labels[order[1400:]]


def paint(images):
    """The true counterparts in domain B: orange ink on blue."""
    orange, blue = torch.tensor([[0.9, 0.2, -0.8], [-0.8, -0.4, 0.4]]).view(2, 3, 1, 1)
    return torch.lerp(blue, orange, (images + 1) / 2)


def unpaired(batch_size, seed):
    """Domain A from one half of the digits, domain B from the other."""
    images, source = digits()[0], torch.Generator().manual_seed(seed)
    while True:
        in_a, in_b = torch.randint(700, (2, batch_size), generator=source)
        yield images[in_a], paint(images[700 + in_b])


def fidelity(a_to_b, b_to_a):
    """L1 after a cycle, L1 to the true counterparts, accuracy of a classifier on B to A."""
    a, labels = digits()[1:]
    b = paint(a)
    fake_b, fake_a = a_to_b(a), b_to_a(b)
    found = load_digits_classifier().logits(fake_a.mean(1, keepdim=True)).argmax(1)
    return {
        "cycle L1": float(F.l1_loss(b_to_a(fake_b), a) + F.l1_loss(a_to_b(fake_a), b)) / 2,
        "true L1": float(F.l1_loss(fake_b, b) + F.l1_loss(fake_a, a)) / 2,
        "accuracy": float((found == labels).float().mean()),
    }
