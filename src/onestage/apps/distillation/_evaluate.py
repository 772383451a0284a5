"""What a distillation is worth: on data that it never saw, and by what its generator makes."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from onestage.apps._evaluating import evaluating
from onestage.apps.distillation._images import LabelledImages

BATCH = 500


@torch.no_grad()
def compare(
    student: nn.Module, teacher: Callable[[Tensor], Tensor], images: LabelledImages
) -> dict[str, float]:
    """`accuracy`, `teacher_accuracy` and `agreement` (the share of images of one answer)."""
    device = next(student.parameters()).device
    hits = torch.zeros(3, dtype=torch.int64)
    with evaluating(student):
        for places in torch.arange(len(images)).split(BATCH):
            batch = images.take(places).to(device)
            labels = images.labels[places]
            ours, theirs = (network(batch).argmax(dim=1).cpu() for network in (student, teacher))
            pairs = ((ours, labels), (theirs, labels), (ours, theirs))
            hits += torch.stack([(a == b).sum() for a, b in pairs])
    names = ("accuracy", "teacher_accuracy", "agreement")
    return dict(zip(names, (hits / len(images)).tolist(), strict=True))


@torch.no_grad()
def diversity(samples: Tensor, logits: Tensor) -> dict[str, float]:
    """Whether a generator has collapsed.

    Args:
        samples: [N, ...], what it made.
        logits: [N, K], the teacher's of them.

    Returns:
        `diversity`, the share of the pixels' variance that lies between samples: 0 where all are
        alike, near 1 where no pixel is fixed. `class_balance`, the entropy of the classes that
        the teacher sees, over log K: 0 for one class, 1 where all are as frequent.
    """
    flat = samples.flatten(1).double()
    between = flat.var(dim=0, correction=0).mean()
    total = flat.var(correction=0).clamp_min(torch.finfo(torch.float64).tiny)
    shares = logits.argmax(dim=1).bincount(minlength=logits.shape[1]).double() / len(logits)
    entropy = -torch.special.xlogy(shares, shares).sum()
    return {
        "diversity": float(between / total),
        "class_balance": float(entropy / math.log(max(logits.shape[1], 2))),
    }
