"""From a config to a GAN of points that can be stepped."""

from __future__ import annotations

from dataclasses import replace

import torch

from onestage.apps.gan import GANStep, assemble, resolve_device
from onestage.apps.points._task import PointsTask
from onestage.networks import MLPDiscriminator, MLPGenerator
from onestage.training import ConfigError, TrainConfig, World, seeded

_ONLY_FOR_IMAGES = "is for images, and the source ring has points"


def build_points_gan(config: TrainConfig, world: World | None = None) -> GANStep:
    """A GAN of points at its beginning.

    Raises:
        ConfigError: if the device is not there, or the settings are for images. One line.
    """
    device = resolve_device(config.device)
    _check(config)
    threads = config.threads or torch.get_num_threads()
    config = replace(config, threads=threads, memory_format="contiguous")
    with seeded(config.seed, "discriminator"):
        discriminator = MLPDiscriminator(**_width(config.discriminator.base_width))
    generator = build_points_generator(config)
    world = world or World()
    return assemble(PointsTask(config, device, world), generator, discriminator, device, world)


def build_points_generator(config: TrainConfig) -> MLPGenerator:
    """G on the CPU, with the weights that the seed gives."""
    with seeded(config.seed, "generator"):
        return MLPGenerator(
            latent_dim=config.generator.latent_dim, **_width(config.generator.base_width)
        )


def _width(base_width: int | None) -> dict[str, int]:
    return {} if base_width is None else {"base_width": base_width}


def _check(config: TrainConfig) -> None:
    if config.networks != "mlp":
        raise ConfigError(f"networks {config.networks} {_ONLY_FOR_IMAGES}; leave it out, or mlp.")
    for name, given in {
        "image-size": config.image_size is not None,
        "memory-format": config.memory_format == "channels_last",
        "data.flip": config.data.flip,
        "data.condition": config.data.condition != "none",
        "data.channels": config.data.channels is not None,
        "augment.kind": config.augment.kind != "none",
        "generator.norm": config.generator.norm is not None,
        "discriminator.norm": config.discriminator.norm is not None,
    }.items():
        if given:
            raise ConfigError(f"{name} {_ONLY_FOR_IMAGES}; leave it out.")
