"""The loss, the penalties and the augmentation by the settings."""

from __future__ import annotations

from typing import Any

import yaml
from torch import nn

from onestage.augment import AdaptiveAugment, DiffAugment
from onestage.losses import AnyLoss, build_loss
from onestage.penalties import DRAGAN, R1, R2, AnyPenalty, GradientPenalty, LeCam
from onestage.training import AugmentConfig, ConfigError, PenaltyConfig, TrainConfig


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


def build_penalties(config: PenaltyConfig) -> list[AnyPenalty]:
    """Those with a weight."""
    weighted: list[tuple[float, AnyPenalty]] = [
        (config.r1, R1(config.r1, every=config.r1_every)),
        (config.r2, R2(config.r2, every=config.r2_every)),
        (config.gradient_penalty, GradientPenalty(config.gradient_penalty)),
        (config.dragan, DRAGAN(config.dragan)),
        (config.lecam, LeCam(config.lecam)),
    ]
    return [penalty for weight, penalty in weighted if weight]


def build_augmentation(config: AugmentConfig) -> nn.Module | None:
    """What real and fake samples go through before D, or None."""
    policy = {} if config.policy is None else {"policy": config.policy}
    if config.kind == "diffaugment":
        return DiffAugment(**policy)
    if config.kind == "ada":
        return AdaptiveAugment(target=config.target, ramp_images=config.ramp_images, **policy)
    return None


def _options(text: str) -> dict[str, Any]:
    """`a=1,b=true` as a mapping, values as in YAML."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    wrong = [name for name, equals, _ in pairs if not equals]
    if wrong:
        raise ConfigError(
            f"loss-options is {text!r}: {wrong[0]} has no value; write divergence=pearson,..."
        )
    return {name.strip(): yaml.safe_load(value) for name, _, value in pairs}
