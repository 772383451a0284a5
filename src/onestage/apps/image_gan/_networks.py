"""The networks of an image GAN, with the weights that the seed gives."""

from __future__ import annotations

from onestage.networks import DCGANDiscriminator, DCGANGenerator
from onestage.training import TrainConfig, seeded

_COLOUR = 3


def build_generator(config: TrainConfig) -> DCGANGenerator:
    """G on the CPU; `config.data.channels` channels, 3 where that is unset."""
    with seeded(config.seed, "generator"):
        return DCGANGenerator(
            image_size=config.image_size,
            channels=config.data.channels or _COLOUR,
            latent_dim=config.generator.latent_dim,
            base_width=config.generator.base_width,
            norm=config.generator.norm,
        )


def build_discriminator(config: TrainConfig) -> DCGANDiscriminator:
    """D on the CPU; channels as `build_generator`."""
    with seeded(config.seed, "discriminator"):
        return DCGANDiscriminator(
            image_size=config.image_size,
            channels=config.data.channels or _COLOUR,
            base_width=config.discriminator.base_width,
            norm=config.discriminator.norm,
        )
