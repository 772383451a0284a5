"""The application that fits the data."""

from __future__ import annotations

from onestage.apps.gan import GANStep
from onestage.apps.image_gan import build_image_gan
from onestage.apps.points import build_points_gan
from onestage.training import TrainConfig, World


def build_game(config: TrainConfig, world: World | None = None) -> GANStep:
    """The game that the settings describe, at its beginning.

    Args:
        config: the settings, from `onestage.training.build_config`.
        world: the processes that play it together; by default this one alone.

    Raises:
        ValueError: if the data cannot be read, or the device is not there, or the settings do not
            fit one another. One line.
    """
    if config.data.source == "ring":
        return build_points_gan(config, world)
    return build_image_gan(config, world=world)
