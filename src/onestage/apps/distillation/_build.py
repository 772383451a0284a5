"""From settings to a distillation that can be stepped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam

from onestage.apps.distillation._config import DistillationConfig
from onestage.apps.distillation._digits import digits_parts, train_digits_teacher
from onestage.apps.distillation._distillation import DataFreeDistillation
from onestage.apps.distillation._extras import (
    Activation,
    Balance,
    BatchNormStatistics,
    Extra,
    OneHot,
)
from onestage.apps.distillation._images import LabelledImages, open_images
from onestage.apps.distillation._methods import Method, OneStageMethod, StudentAlone, TwoStage
from onestage.apps.distillation._networks import (
    build_generator,
    build_student,
    build_teacher_network,
    load_teacher_weights,
)
from onestage.apps.distillation._step import DistillationStep, guarded_move
from onestage.apps.gan import resolve_device
from onestage.training import seeded_generator

_MOMENTUM = 0.9


def build_teacher(config: DistillationConfig) -> nn.Module:
    """The trained teacher in eval mode, on the CPU: from its file, or trained on digits.

    Raises:
        ConfigError: if the weights cannot be read, or do not fit the network. One line.
    """
    network = build_teacher_network(config)
    if config.teacher == "digits":
        return train_digits_teacher(network, training_images(config), seed=config.seed)
    return load_teacher_weights(network, config)


def build_distillation(config: DistillationConfig, teacher: nn.Module) -> DistillationStep:
    """A distillation at its beginning.

    Args:
        config: the settings.
        teacher: in eval mode; it is moved to the device.

    Raises:
        ValueError: if the device is not there, the images cannot be read, or the settings do not
            fit one another. One line.
    """
    device = resolve_device(config.device)
    config = replace(config, threads=config.threads or torch.get_num_threads())
    teacher.to(device)
    student, generator = build_student(config).to(device), build_generator(config).to(device)
    game = DataFreeDistillation(
        teacher,
        student,
        generator,
        discrepancy=config.discrepancy,
        student_steps=config.student_steps,
        extras=_extras(config),
        adversarial_weight=0.0 if config.method == "dafl" else 1.0,
    )
    optimizers = (
        SGD(
            student.parameters(),
            config.student_learning_rate,
            _MOMENTUM,
            weight_decay=config.student_weight_decay,
            fused=True,
        ),
        Adam(generator.parameters(), config.generator_learning_rate, fused=True),
    )
    latents = seeded_generator(config.seed, "latents")
    method = _method(config, game, (teacher, student, generator), optimizers, latents)
    images = evaluation_images(config)
    return DistillationStep(config, game, student, generator, optimizers, method, latents, images)


def evaluation_images(config: DistillationConfig) -> LabelledImages:
    """The images that the accuracy is measured on.

    Raises:
        ValueError: if they cannot be read, or have no labels.
    """
    return _open(config, config.data, digits_parts()[1] if config.data == "digits" else None)


def training_images(config: DistillationConfig) -> LabelledImages:
    """The images that the digits' teacher and the control `data` learn from."""
    if config.train_data:
        return _open(config, config.train_data, None)
    return _open(config, "digits", digits_parts()[0])


def _open(config: DistillationConfig, where: str, indices: Tensor | None) -> LabelledImages:
    return open_images(
        where,
        image_size=config.image_size,
        channels=config.channels,
        classes=config.classes,
        mean=config.moments("mean") or [],
        std=config.moments("std") or [],
        max_bad=config.max_bad,
        indices=indices,
    )


def _extras(config: DistillationConfig) -> list[Extra]:
    known: dict[str, Callable[[float], Extra]] = {
        "batch_norm_statistics": BatchNormStatistics,
        "one_hot": OneHot,
        "balance": Balance,
        "activation": Activation,
    }
    weights = {name: getattr(config, name) for name in known}
    return [known[name](weight) for name, weight in weights.items() if weight]


def _method(
    config: DistillationConfig,
    game: DataFreeDistillation,
    networks: tuple[nn.Module, nn.Module, nn.Module],
    optimizers: tuple[Any, Any],
    latents: torch.Generator,
) -> Method:
    name, move = config.method, guarded_move
    if name in ("one-stage", "dafl"):
        return OneStageMethod(game, *optimizers, move)
    if name in ("noise", "data"):
        source = _noise(config, latents) if name == "noise" else _data(config, latents)
        device = next(networks[1].parameters()).device
        return StudentAlone(game, optimizers[0], lambda: source().to(device), move)
    reuse, tuned = name == "two-stage-tuned", name != "two-stage-naive"
    return TwoStage(*networks, game, *optimizers, reuse=reuse, tuned=tuned, move=move)


def _noise(config: DistillationConfig, source: torch.Generator) -> Callable[[], Tensor]:
    shape = (config.batch_size, config.channels, config.image_size, config.image_size)
    return lambda: torch.randn(shape, generator=source)


def _data(config: DistillationConfig, source: torch.Generator) -> Callable[[], Tensor]:
    images = training_images(config)

    def draw() -> Tensor:
        return images.take(torch.randint(len(images), (config.batch_size,), generator=source))

    return draw
