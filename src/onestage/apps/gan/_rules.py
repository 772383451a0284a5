"""The loss, the penalties and the augmentation by the settings."""

from __future__ import annotations

from typing import Any

import torch
import yaml
from torch import nn

from onestage.augment import AdaptiveAugment, DiffAugment
from onestage.losses import AnyLoss, build_loss
from onestage.penalties import DRAGAN, R1, R2, AnyPenalty, GradientPenalty, LeCam
from onestage.training import ConfigError, PenaltyConfig, TrainConfig

# Between the outputs that D is to give real and fake samples.
_BOUNDARIES = {
    "minimax": 0.0,
    "nonsaturating": 0.0,
    "boundary_seeking": 0.0,
    "hinge": 0.0,
    "least_squares": 0.5,
}


def build_rules(config: TrainConfig) -> AnyLoss:
    """The loss with its options.

    Raises:
        ConfigError: for options that it does not take.
    """
    options = _options(config.loss_options)
    try:
        return build_loss(config.loss, **options)
    except TypeError as error:
        raise ConfigError(
            f"loss-options is {config.loss_options!r}, which {config.loss} does not take: {error}."
        ) from error


def build_penalties(
    config: PenaltyConfig, generator: torch.Generator | None = None
) -> list[AnyPenalty]:
    """Those with a weight; `generator` draws their points."""
    weighted: list[tuple[float, AnyPenalty]] = [
        (config.r1, R1(config.r1, every=config.r1_every)),
        (config.r2, R2(config.r2, every=config.r2_every)),
        (config.gradient_penalty, GradientPenalty(config.gradient_penalty, generator=generator)),
        (config.dragan, DRAGAN(config.dragan, generator=generator)),
        (config.lecam, LeCam(config.lecam)),
    ]
    return [penalty for weight, penalty in weighted if weight]


def build_augmentation(
    config: TrainConfig, generator: torch.Generator | None = None
) -> nn.Module | None:
    """What real and fake samples go through before D, or None; `generator` draws for it.

    Raises:
        ValueError: for a policy that there is not, or where ada has no sign to follow.
    """
    augment = config.augment
    if augment.kind == "diffaugment":
        names = () if augment.policy is None else (augment.policy,)
        return DiffAugment(*names, generator=generator)
    if augment.kind == "ada":
        boundary(config.loss)
        policy = "bgc" if augment.policy is None else augment.policy
        return AdaptiveAugment(
            policy, target=augment.target, ramp_images=augment.ramp_images, generator=generator
        )
    return None


def boundary(loss: str) -> float:
    """The output above which D takes a sample for real.

    Raises:
        ConfigError: for a loss that has none.
    """
    if loss not in _BOUNDARIES:
        raise ConfigError(
            f"augment.kind is 'ada', which follows the share of real images that D takes for real, "
            f"and D's outputs under {loss} have no such boundary; take diffaugment, or one of "
            f"{', '.join(_BOUNDARIES)}."
        )
    return _BOUNDARIES[loss]


def _options(text: str) -> dict[str, Any]:
    """`a=1,b=true` as a mapping, values as in YAML."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise ConfigError(
            f"loss-options is {text!r}: {wrong[0]} has no value; write divergence=pearson,..."
        )
    return {name.strip(): yaml.safe_load(value) for name, _, value in pairs}
