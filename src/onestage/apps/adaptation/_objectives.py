"""What D and the features want of D's logits: one loss per objective.

`l` stands for D's logits on the features of both domains at once, d is 1 for the source and 0 for
the target, w a sample's weight (1, but for entropy conditioning and batches of unequal sizes). The
game has no real side: the features are trained through both domains, so both are what the engine
calls fakes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from onestage.apps.adaptation._judge import Verdict, spread
from onestage.losses import JointLoss

Objective: TypeAlias = Literal["reversal", "swapped-labels", "wasserstein"]


def reversal() -> JointLoss:
    """DANN (Ganin et al. 2016): the features ascend what D descends.

    L_D = BCE(l, d), L_F = -L_D.
    """
    return _game(_cross_entropy, lambda said: -_cross_entropy(said), reversal=-1.0)


def swapped_labels() -> JointLoss:
    """The non-saturating form: the features descend D's loss with the domains' labels swapped.

    L_D = BCE(l, d), L_F = BCE(l, 1 - d). Its derivative is large where D is sure, where reversal's
    vanishes (Goodfellow et al. 2014, section 3; for domains Tzeng et al., ADDA, CVPR 2017). A
    reversal layer cannot express it: the two derivatives differ by a factor of each sample's own.
    """
    return _game(_cross_entropy, partial(_cross_entropy, swapped=True), reversal=None)


def wasserstein() -> JointLoss:
    """WDGRL (Shen et al., AAAI 2018): D is a critic of the distance between the domains.

    L_D = E_target l - E_source l, L_F = -L_D. D must be Lipschitz: give a gradient penalty, or
    clip its weights after each step (`onestage.optim.clip_weights_`).
    """
    return _game(_critic, lambda said: -_critic(said), reversal=-1.0)


OBJECTIVES: dict[str, Callable[[], JointLoss]] = {
    "reversal": reversal,
    "swapped-labels": swapped_labels,
    "wasserstein": wasserstein,
}


def build_objective(name: str) -> JointLoss:
    """The loss of an objective.

    Raises:
        ValueError: for an unknown name.
    """
    if name not in OBJECTIVES:
        raise ValueError(f"Unknown objective {name!r}. Known: {', '.join(OBJECTIVES)}.")
    return OBJECTIVES[name]()


def domain_accuracy(said: Verdict, *, critic: bool) -> Tensor:
    """The share of samples that D takes for their own domain's, 0-dim; 0.5 is aligned.

    Each domain counts for one half. A critic has no zero: what is above the middle between the two
    domains' means is taken for source.
    """
    logits = said.logits.detach().flatten(1).mean(1) if said.logits.ndim > 1 else said.logits
    is_source = said.is_source.to(logits.dtype)
    num_source, num_target = is_source.sum(), (1 - is_source).sum()
    if critic:
        source = (logits * is_source).sum() / num_source
        target = (logits * (1 - is_source)).sum() / num_target
        logits = logits - (source + target) / 2
    right = ((logits > 0) == (is_source > 0)).to(logits.dtype)
    return (
        (right * is_source).sum() / num_source + (right * (1 - is_source)).sum() / num_target
    ) / 2


def _game(
    discriminator: Callable[[Verdict], Tensor],
    features: Callable[[Verdict], Tensor],
    *,
    reversal: float | None,
) -> JointLoss:
    """A loss without a real side."""
    return JointLoss(
        discriminator=lambda _, said: discriminator(said),
        generator=lambda _, said: features(said),
        reversal=reversal,
        paired=False,
        logits=lambda said: said.logits,
    )


def _cross_entropy(said: Verdict, swapped: bool = False) -> Tensor:
    labels = 1 - said.is_source if swapped else said.is_source
    weights = spread(said.weights, said.logits)
    return binary_cross_entropy_with_logits(said.logits, spread(labels, said.logits), weights)


def _critic(said: Verdict) -> Tensor:
    """Twice the mean, since each domain is one half of the weights."""
    signs = spread(said.weights * (1 - 2 * said.is_source), said.logits)
    return 2 * torch.mean(signs * said.logits)
