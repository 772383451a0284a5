"""What the matrix is made of: losses, networks and penalties, each by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from onestage import DRAGAN, R1, R2, GradientPenalty, LeCam
from onestage.losses import LOSSES, AnyLoss, build_loss
from onestage.losses._f_gan import DIVERGENCES
from onestage.losses._relativistic_average import FORMS
from onestage.networks import (
    CGANDiscriminator,
    DCGANDiscriminator,
    MLPDiscriminator,
    MultiScaleDiscriminator,
    PatchDiscriminator,
    ProjectionDiscriminator,
    R3GANDiscriminator,
    SNGANDiscriminator,
    VocoderDiscriminator,
    head_logits,
)
from onestage.penalties import AnyPenalty

BATCH = 3
DTYPE = torch.float64
CLASSES = 3

# The forms of a loss that has options; every other loss is taken as it comes.
_OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "least_squares": {"": {}, "factor=1": {"factor": 1.0}},
    "relativistic_average": {form: {"form": form} for form in FORMS},
    "fisher": {"rho=0.3": {"rho": 0.3}},  # the paper's 1e-6 would hide an error in its terms
    "f_gan": {
        name + suffix: {"divergence": name, "saturating": not suffix}
        for name in DIVERGENCES
        for suffix in ("", " alternative")
    },
}


def _losses() -> Iterator[tuple[str, tuple[str, dict[str, Any]]]]:
    for name in LOSSES:
        for form, options in _OPTIONS.get(name, {"": {}}).items():
            yield f"{name} {form}".strip(), (name, options)


_FORMS_BY_NAME = dict(_losses())
LOSS_NAMES = tuple(_FORMS_BY_NAME)


def make_loss(name: str, **options: Any) -> AnyLoss:
    """A new loss of the matrix."""
    registered, own = _FORMS_BY_NAME[name]
    return build_loss(registered, **own, **options)


@dataclass(frozen=True)
class Network:
    """A discriminator of the package, small.

    Attributes:
        build: a factory.
        shape: of one sample.
        ratio: whether it gives one logit for each sample, and looks at each alone.
        condition: what it takes after the samples of a batch, if anything.
        logits: where its logits are.
    """

    build: Callable[[], nn.Module]
    shape: tuple[int, ...]
    ratio: bool
    condition: Callable[[], tuple[Tensor, ...]] = tuple
    logits: dict[str, Any] = field(default_factory=dict)


def _labels() -> tuple[Tensor, ...]:
    return (torch.arange(BATCH) % CLASSES,)


_SMALL: dict[str, Any] = {"image_size": 16, "channels": 1, "base_width": 2}
_RESIDUAL: dict[str, Any] = {"image_size": 32, "channels": 1, "base_width": 4}
_PATCH: dict[str, Any] = {"channels": 1, "base_width": 2, "num_layers": 1}
_IMAGE, _LARGER = (1, 16, 16), (1, 32, 32)

NETWORKS: dict[str, Network] = {
    "mlp": Network(lambda: MLPDiscriminator(base_width=8), (2,), ratio=True),
    **{
        f"dcgan {norm}": Network(
            lambda norm=norm: DCGANDiscriminator(**_SMALL, norm=norm), _IMAGE, ratio=norm != "batch"
        )
        for norm in ("group", "none", "batch")
    },
    **{
        f"cgan {norm}": Network(
            lambda norm=norm: CGANDiscriminator(**_SMALL, num_classes=CLASSES, norm=norm),
            _IMAGE,
            ratio=norm != "batch",
            condition=_labels,
        )
        for norm in ("group", "none", "batch")
    },
    "sngan": Network(lambda: SNGANDiscriminator(**_RESIDUAL), _LARGER, ratio=True),
    "projection": Network(
        lambda: ProjectionDiscriminator(**_RESIDUAL, num_classes=CLASSES),
        _LARGER,
        ratio=True,
        condition=_labels,
    ),
    "r3gan": Network(lambda: R3GANDiscriminator(**_SMALL, group_size=2), _IMAGE, ratio=True),
    **{
        f"patch {norm}": Network(
            lambda norm=norm: PatchDiscriminator(**_PATCH, norm=norm), (1, 12, 12), ratio=False
        )
        for norm in ("instance", "batch", "group", "none")
    },
    "patch conditional": Network(
        lambda: PatchDiscriminator(**_PATCH, condition_channels=2),
        (1, 12, 12),
        ratio=False,
        condition=lambda: (torch.randn(BATCH, 2, 12, 12, dtype=DTYPE),),
    ),
    "multi-scale": Network(
        lambda: MultiScaleDiscriminator(**_PATCH, num_scales=2), _IMAGE, ratio=False
    ),
    "vocoder": Network(
        lambda: VocoderDiscriminator(base_width=1, periods=(3,), num_scales=2),
        (1, 64),
        ratio=False,
        logits={"logits": head_logits},
    ),
}

PENALTIES: dict[str, Callable[[], tuple[AnyPenalty, ...]]] = {
    "none": tuple,
    "R1": lambda: (R1(0.7),),
    "R1, lazy": lambda: (R1(0.7, every=4),),
    "R2": lambda: (R2(1.3),),
    "R1 + R2": lambda: (R1(0.7), R2(1.3)),
    "GradientPenalty": lambda: (GradientPenalty(3.0),),
    "DRAGAN": lambda: (DRAGAN(2.0),),
    "LeCam": lambda: (LeCam(0.3),),
    "LeCam + R2": lambda: (LeCam(0.3), R2(1.3)),
}
