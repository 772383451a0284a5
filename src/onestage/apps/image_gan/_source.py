"""The real images."""

from __future__ import annotations

from onestage.data import ImageSource, build_source
from onestage.training import TrainConfig


def read_source(config: TrainConfig) -> ImageSource:
    """The images that a config names.

    Raises:
        DataError: if they cannot be read. One line.
    """
    assert config.image_size is not None  # checked with the networks
    data = config.data
    return build_source(
        data.source,
        image_size=config.image_size,
        channels=data.channels,
        max_bad=data.max_bad,
        max_bad_option="the setting data.max-bad (train --data.max-bad)",
    )
