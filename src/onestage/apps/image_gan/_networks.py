"""The networks of an image GAN, with the weights that the seed gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import nn

from onestage.apps.image_gan._conditions import IMAGE_CONDITIONS, condition_channels
from onestage.networks import (
    CGANDiscriminator,
    CGANGenerator,
    DCGANDiscriminator,
    DCGANGenerator,
    PatchDiscriminator,
    ProjectionDiscriminator,
    ProjectionGenerator,
    R3GANDiscriminator,
    R3GANGenerator,
    SNGANDiscriminator,
    SNGANGenerator,
    UNetGenerator,
)
from onestage.training import ConfigError, PlayerConfig, TrainConfig, seeded

_COLOUR = 3


class _Pair(NamedTuple):
    generator: Callable[..., nn.Module]
    discriminator: Callable[..., nn.Module]
    norm: tuple[str, ...] = ()  # the players that leave the choice of a normalisation open
    condition: str = "none"  # what both take besides: nothing, a label, or an image


_PAIRS = {
    "dcgan": _Pair(DCGANGenerator, DCGANDiscriminator, ("generator", "discriminator")),
    "cgan": _Pair(CGANGenerator, CGANDiscriminator, ("generator", "discriminator"), "label"),
    "sngan": _Pair(SNGANGenerator, SNGANDiscriminator, ("generator",)),
    "projection": _Pair(ProjectionGenerator, ProjectionDiscriminator, condition="label"),
    "r3gan": _Pair(R3GANGenerator, R3GANDiscriminator),
    "pix2pix": _Pair(UNetGenerator, PatchDiscriminator, ("generator", "discriminator"), "image"),
}


def build_generator(config: TrainConfig) -> nn.Module:
    """G on the CPU; `config.data.channels` channels, 3 where that is unset.

    Raises:
        ConfigError: if the networks do not fit the rest of the settings.
    """
    pair, options = _PAIRS[config.networks], _common(config, config.generator, "generator")
    if pair.condition != "image":
        options["latent_dim"] = config.generator.latent_dim
    with seeded(config.seed, "generator"):
        return pair.generator(**options)


def build_discriminator(config: TrainConfig) -> nn.Module:
    """D on the CPU; channels and errors as `build_generator`."""
    pair, options = _PAIRS[config.networks], _common(config, config.discriminator, "discriminator")
    if pair.condition == "image":
        # Patches fit every size: 16 pixels of a 16 x 16 image, 70 of 64 x 64 and above.
        options["num_layers"] = max(1, min(3, options.pop("image_size").bit_length() - 4))
    with seeded(config.seed, "discriminator"):
        return pair.discriminator(**options)


def check_networks(config: TrainConfig) -> None:
    """Raise `ConfigError` if these networks cannot learn these data."""
    if config.networks not in _PAIRS:
        raise ConfigError(
            f"networks is {config.networks!r}, which is for points in the plane; for images choose "
            f"{', '.join(_PAIRS)}."
        )
    if config.image_size is None:
        raise ConfigError("image-size is not set; give the images' size in pixels.")
    wanted, found = _PAIRS[config.networks].condition, config.data.condition
    kind = "image" if found in IMAGE_CONDITIONS else found
    if kind != wanted:
        choices = {"image": ", ".join(IMAGE_CONDITIONS)}.get(wanted, wanted)
        raise ConfigError(
            f"data.condition is {found!r}, and the networks {config.networks} want {choices}; "
            "change one of the two."
        )


def _common(config: TrainConfig, player: PlayerConfig, name: str) -> dict[str, Any]:
    """What both networks of a pair take; what is not set is left to them."""
    pair, channels = _PAIRS[config.networks], config.data.channels or _COLOUR
    options: dict[str, Any] = {"image_size": config.image_size, "channels": channels}
    if player.base_width is not None:
        options["base_width"] = player.base_width
    if player.norm is not None:
        if name not in pair.norm:
            raise ConfigError(
                f"{name}.norm is {player.norm!r}, and the {name} of {config.networks} leaves no "
                "choice; leave it out."
            )
        options["norm"] = player.norm
    if pair.condition == "label":
        options["num_classes"] = config.data.classes
    elif pair.condition == "image":
        options["condition_channels"] = condition_channels(config.data.condition, channels)
    return options
