"""From a config to an adaptation that can be stepped."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from onestage.apps.adaptation._adaptation import DomainAdaptation, Schedule
from onestage.apps.adaptation._config import AdaptConfig
from onestage.apps.adaptation._control import Control
from onestage.apps.adaptation._domains import build_domains
from onestage.apps.adaptation._networks import (
    DomainDiscriminator,
    build_classifier,
    build_features,
)
from onestage.apps.adaptation._objectives import Objective
from onestage.apps.adaptation._schedule import ramp
from onestage.apps.adaptation._step import AdaptationStep
from onestage.apps.gan import resolve_device
from onestage.data import absolute_source
from onestage.training import seeded


def build_adaptation(config: AdaptConfig) -> AdaptationStep:
    """An adaptation of images at its beginning.

    Raises:
        ValueError: if the data cannot be read or do not fit, or the device is not there. One line.
    """
    device = resolve_device(config.device)
    domains = build_domains(config)
    classes = len(domains.class_names)
    config = replace(
        config,
        # The run may be gone on with from another folder.
        source=absolute_source(config.source),
        target=config.target if config.target == "stripe" else absolute_source(config.target),
        classes=classes,
        channels=domains.channels,
        threads=config.threads or torch.get_num_threads(),
    )
    features = build_features(config)
    classifier = build_classifier(config, features.num_features)
    num_inputs = features.num_features * (1 if config.conditional == "none" else classes)
    with seeded(config.seed, "discriminator"):
        discriminator = DomainDiscriminator(num_inputs)
    networks = features.to(device), classifier.to(device), discriminator.to(device)
    control = None
    if config.control:
        betas = (config.beta1, config.beta2)
        control = Control(networks[0], networks[1], config.learning_rate, betas)
    return AdaptationStep(config, domains, _game(config, *networks), control, device)


def _game(
    config: AdaptConfig, features: nn.Module, classifier: nn.Module, discriminator: nn.Module
) -> DomainAdaptation:
    """With the objective source-only D watches, and the features do not learn from it."""
    objective: Objective = "reversal"
    weight: Schedule = 0.0
    if config.objective != "source-only":
        objective, weight = config.objective, ramp(config.weight, config.steps)
    return DomainAdaptation(
        features,
        classifier,
        discriminator,
        objective,
        weight,
        conditional=config.conditional,
        forwards=config.forwards,
        gradient_penalty=config.gradient_penalty,
    )
