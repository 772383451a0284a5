"""Terms of the generator's loss that look at the teacher alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from onestage.apps.distillation._seen import Seen

_EPS = 1e-5


class Extra(Protocol):
    """A term R(x, T(x)) of L_G. It never reaches the student.

    Attributes:
        name: what it is called in records.
        weight: its factor.
    """

    @property
    def name(self) -> str: ...
    @property
    def weight(self) -> float: ...
    def __call__(self, seen: Seen) -> Tensor:
        """The term without its weight, a scalar of what the teacher showed."""


@dataclass(frozen=True)
class BatchNormStatistics:
    """Holds what comes into the teacher's BatchNorm layers to what they remember.

        R = sum over layers, mean over channels, of
            ((m - M)^2 + v) / (2 V) - log(v / V) / 2 - 1 / 2

    the divergence of the Gaussian of the batch (m, v) from the one of the running statistics
    (M, V): DFQ (Choi et al., CVPRW 2020, arXiv 2005.04136, section 3.2).
    """

    weight: float = 1.0
    name: ClassVar[str] = "batch_norm_statistics"

    def __call__(self, seen: Seen) -> Tensor:
        """See `Extra`."""
        terms = []
        for layer in seen.moments:
            v, big_v = layer.variance + _EPS, layer.running_variance + _EPS
            shift = (layer.mean - layer.running_mean).square()
            terms.append((((shift + v) / big_v - (v / big_v).log() - 1) / 2).mean())
        return torch.stack(terms).sum()


@dataclass(frozen=True)
class OneHot:
    """R = mean cross-entropy of T(x) with its own largest class: the teacher shall be sure.

    DAFL (Chen et al., ICCV 2019, arXiv 1904.01186, eq. 3).
    """

    weight: float = 1.0
    name: ClassVar[str] = "one_hot"

    def __call__(self, seen: Seen) -> Tensor:
        """See `Extra`."""
        return F.cross_entropy(seen.logits, seen.logits.detach().argmax(dim=1))


@dataclass(frozen=True)
class Balance:
    """R = sum_k p_k log p_k, p the batch's mean of softmax(T(x)): all classes shall be there.

    Minus the entropy, in nats: DAFL (eq. 6), DFQ.
    """

    weight: float = 1.0
    name: ClassVar[str] = "balance"

    def __call__(self, seen: Seen) -> Tensor:
        """See `Extra`."""
        p = seen.logits.softmax(dim=1).mean(dim=0)
        return torch.special.xlogy(p, p.clamp_min(torch.finfo(p.dtype).tiny)).sum()


@dataclass(frozen=True)
class Activation:
    """R = - mean |f|, f what goes into the teacher's last linear layer: real images excite it.

    DAFL (eq. 4).
    """

    weight: float = 0.1
    name: ClassVar[str] = "activation"

    def __call__(self, seen: Seen) -> Tensor:
        """See `Extra`."""
        assert seen.features is not None
        return -seen.features.abs().mean()


def dafl_extras(*, balance: float = 5.0, activation: float = 0.1) -> tuple[Extra, ...]:
    """DAFL's terms with the weights of its MNIST experiment: 1, 5 and 0.1."""
    return (OneHot(1.0), Balance(balance), Activation(activation))


def weighted_sum(extras: Sequence[Extra], seen: Seen) -> tuple[Tensor | None, dict[str, Tensor]]:
    """All terms with their weights, None where there are none; and each without, detached."""
    if not extras:
        return None, {}
    values = {extra.name: extra(seen) for extra in extras}
    total = torch.stack([extra.weight * values[extra.name] for extra in extras]).sum()
    return total, {name: value.detach() for name, value in values.items()}
