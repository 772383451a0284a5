"""From a config to an image GAN that can be stepped."""

from __future__ import annotations

from dataclasses import replace

import torch

from onestage.apps.gan import GANStep, assemble, resolve_device, settle_format
from onestage.apps.image_gan._networks import build_discriminator, build_generator, check_networks
from onestage.apps.image_gan._source import read_source
from onestage.apps.image_gan._task import ImageTask
from onestage.data import DataError, ImageSource, absolute_source, how_to_label
from onestage.training import TrainConfig, World

_MEASURABLE = 2  # images, of which there is a covariance


def build_image_gan(
    config: TrainConfig, source: ImageSource | None = None, *, world: World | None = None
) -> GANStep:
    """An image GAN at its beginning.

    Args:
        config: the settings, from `onestage.training.build_config`.
        source: the real images; by default what `config.data` names.
        world: the processes that play it together; by default this one alone.

    Raises:
        ValueError: if the images cannot be read (`onestage.data.DataError`), or the device is not
            there, or the settings do not fit one another. One line.
    """
    device = resolve_device(config.device)
    check_networks(config)
    if source is None:
        source = read_source(config)
    _check_evaluation(config, source)
    config = settle(config, source)
    generator, discriminator = build_generator(config), build_discriminator(config)
    world = world or World()
    task = ImageTask(config, source, device, world)
    return assemble(task, generator, discriminator, device, world)


def _check_evaluation(config: TrainConfig, source: ImageSource) -> None:
    """Raise `DataError` for images whose spread no evaluation can be held against."""
    if config.evaluate_samples and len(source) < _MEASURABLE:
        raise DataError(
            f"{source.name} has {len(source)} image, and an evaluation needs {_MEASURABLE}; give "
            "more images, or train without evaluations by --evaluate-samples 0."
        )


def settle(config: TrainConfig, source: ImageSource) -> TrainConfig:
    """The config with what was left open filled in, so that the run can be had again.

    Raises:
        DataError: if labels are wanted and are not there, or are more than the config says.
    """
    where = absolute_source(config.data.source)  # the run may be resumed from another folder
    data = replace(
        config.data, source=where, channels=source.channels, classes=_num_classes(config, source)
    )
    threads = config.threads or torch.get_num_threads()
    return replace(config, data=data, threads=threads, memory_format=settle_format(config))


def _num_classes(config: TrainConfig, source: ImageSource) -> int | None:
    if config.data.condition != "label":
        return config.data.classes
    if source.labels is None:
        raise DataError(
            f"{source.name} has no labels, and data.condition is 'label'; {how_to_label(source)}"
        )
    found = int(source.labels.max()) + 1
    if config.data.classes is not None and found > config.data.classes:
        raise DataError(
            f"{source.name} has the label {found - 1}, and data.classes is {config.data.classes}: "
            "labels are counted from 0; give a larger number, or leave it out."
        )
    return config.data.classes or found
