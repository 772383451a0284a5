"""From a config to an image GAN that can be stepped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from onestage.apps.image_gan._networks import build_discriminator, build_generator
from onestage.apps.image_gan._step import ImageGANStep
from onestage.apps.image_gan.methods import METHODS, Method, OneStageMethod, Players
from onestage.data import ImageSource, build_loader, build_source
from onestage.losses import build_loss
from onestage.optim import OptimisticAdam
from onestage.penalties import R1
from onestage.training import (
    ConfigError,
    ExponentialMovingAverage,
    PlayerConfig,
    TrainConfig,
    seeded_generator,
)


def build_image_gan(config: TrainConfig, source: ImageSource | None = None) -> ImageGANStep:
    """An image GAN at its beginning.

    The seed decides everything random in it; no global random state is read or left changed.

    Args:
        config: the settings, from `onestage.training.build_config`.
        source: the real images; by default what `config.data` names.

    Raises:
        ValueError: if the images cannot be read (`onestage.data.DataError`), or the device is not
            there, or the strategy cannot be exact for the loss. One line.
    """
    device = resolve_device(config.device)
    if source is None:
        data = config.data
        source = build_source(data.source, image_size=config.image_size, channels=data.channels)
    config = settle(config, source)
    generator = build_generator(config).to(device)
    discriminator = build_discriminator(config).to(device)
    latents = seeded_generator(config.seed, "latents")
    players = Players(
        generator=generator,
        discriminator=discriminator,
        generator_optimizer=_build_optimizer(generator, config.generator),
        discriminator_optimizer=_build_optimizer(discriminator, config.discriminator),
        loss=build_loss(config.loss),
        penalties=_build_penalties(config),
        noise=partial(_draw, latents, config.generator.latent_dim, device),
        autocast=partial(
            torch.autocast, device.type, torch.bfloat16, enabled=config.precision == "bf16"
        ),
        clip_weights=config.discriminator.clip_weights,
    )
    ema = ExponentialMovingAverage(generator, config.ema_decay)
    batches = partial(_real_batches, config, source, device)
    method = _build_method(config, players)
    return ImageGANStep(config, source, players, method, ema, latents, batches)


def resolve_device(name: str) -> torch.device:
    """The device that a setting names.

    Raises:
        ConfigError: if it is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ConfigError(
            f"device is {name!r}, which PyTorch {torch.__version__} cannot use here; "
            "choose cpu, or auto for the GPU where there is one."
        ) from error
    return device


def settle(config: TrainConfig, source: ImageSource) -> TrainConfig:
    """The config with what was left open filled in, so that the run can be had again."""
    where = config.data.source
    if Path(where).is_dir():
        where = str(Path(where).resolve())  # the run may be resumed from another folder
    data = replace(config.data, source=where, channels=source.channels)
    return replace(config, data=data, threads=config.threads or torch.get_num_threads())


def _build_method(config: TrainConfig, players: Players) -> Method:
    if config.method == "one-stage":
        return OneStageMethod(players, config.strategy)
    return METHODS[config.method](players)


def _build_optimizer(network: nn.Module, config: PlayerConfig) -> Optimizer:
    kind: Callable[..., Optimizer] = Adam
    if config.optimizer == "optimistic-adam":
        kind = partial(OptimisticAdam, optimism=config.optimism)
    return kind(
        network.parameters(),
        lr=config.learning_rate,
        betas=(config.beta1, config.beta2),
        weight_decay=config.weight_decay,
    )


def _build_penalties(config: TrainConfig) -> list[R1]:
    penalties = config.penalties
    return [R1(penalties.r1, every=penalties.r1_every)] if penalties.r1 else []


def _draw(latents: torch.Generator, dim: int, device: torch.device, num_images: int) -> Tensor:
    # On the CPU, whose generator gives the same numbers for every device.
    return torch.randn(num_images, dim, generator=latents).to(device, non_blocking=True)


def _real_batches(
    config: TrainConfig, source: ImageSource, device: torch.device, start: int
) -> Iterator[Tensor]:
    loader = build_loader(
        source,
        config.batch_size,
        seed=config.seed,
        start=start,
        workers=config.data.workers,
        flip=config.data.flip,
        pin_memory=device.type == "cuda",
    )
    for batch in loader:
        yield batch.to(device, non_blocking=True)
