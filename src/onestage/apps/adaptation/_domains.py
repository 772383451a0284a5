"""Two domains: what is trained on and what is held out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from onestage.apps.adaptation._config import AdaptConfig
from onestage.apps.adaptation._part import Part
from onestage.apps.adaptation._stripe import StripedSource, stripe_split
from onestage.data import DataError, ImageSource, build_source, how_to_label
from onestage.training import ConfigError, DataRecord, seeded_generator

_LEAST = 2  # images in each part


@dataclass(frozen=True)
class Domains:
    """The data of an adaptation.

    Attributes:
        source: labelled images that are trained on.
        source_test: labelled images of the same domain that are not.
        target: images that are trained on; their labels are never looked at.
        target_test: images that are not; their labels, if there are any, serve the evaluation.
        class_names: of the source.
        channels: of all images.
    """

    source: Part
    source_test: Part
    target: Part
    target_test: Part
    class_names: tuple[str, ...]
    channels: int

    @property
    def data(self) -> DataRecord:
        """What a run that goes on has to find again."""
        parts = (self.source, self.source_test, self.target, self.target_test)
        return DataRecord(sum(map(len, parts)), self.class_names)

    def describe(self) -> str:
        """The data in a few words."""
        return (
            f"{len(self.source):,} labelled images of {self.source.name} to "
            f"{len(self.target):,} unlabelled of {self.target.name}, "
            f"{self.data.describe_classes()}"
        )


def build_domains(config: AdaptConfig) -> Domains:
    """Read both domains.

    Raises:
        ValueError: (`DataError`, `ConfigError`) if one cannot be read, has too few images, or the
            source no labels, or the classes do not fit one another or the settings.
    """
    if config.target == "stripe":
        return _stripe(config)
    source, target = _images(config)
    labels = _source_labels(source, config)
    known = _target_labels(source, target) if config.target_labels else None
    own, own_test = _split(len(source), config.held_out, "source")
    others, others_test = _split(len(target), config.held_out, "target")
    return Domains(
        source=Part(source, own, labels),
        source_test=Part(source, own_test, labels),
        target=Part(target, others, None),
        target_test=Part(target, others_test, known),
        class_names=source.class_names,
        channels=source.channels,
    )


def _stripe(config: AdaptConfig) -> Domains:
    """The test images are the same for both domains, without and with stripes."""
    if config.source != "digits":
        raise ConfigError(
            f"target stripe is digits with stripes, and the source is {config.source}; give "
            "--source digits, or a folder as the target."
        )
    digits = build_source("digits", image_size=config.image_size, channels=config.channels)
    labels, (own, others, test) = _source_labels(digits, config), stripe_split(len(digits))
    striped = StripedSource(digits)
    return Domains(
        source=Part(digits, own, labels),
        source_test=Part(digits, test, labels),
        target=Part(striped, others, None),
        target_test=Part(striped, test, labels if config.target_labels else None),
        class_names=digits.class_names,
        channels=digits.channels,
    )


def _images(config: AdaptConfig) -> tuple[ImageSource, ImageSource]:
    """Both sources with as many channels: colour if one of them has it."""
    size, bad = config.image_size, config.max_bad

    def read(where: str, channels: int | None) -> ImageSource:
        return build_source(
            where, image_size=size, channels=channels, max_bad=bad, max_bad_option="--max-bad"
        )

    both = {name: read(name, config.channels) for name in (config.source, config.target)}
    most = max(source.channels for source in both.values())
    both = {n: s if s.channels == most else read(n, most) for n, s in both.items()}
    return both[config.source], both[config.target]


def _source_labels(source: ImageSource, config: AdaptConfig) -> Tensor:
    if source.labels is None:
        raise DataError(f"the source {source.name} has no labels; {how_to_label(source)}")
    found = len(source.class_names)
    if config.classes not in (None, found):
        raise ConfigError(
            f"classes is {config.classes}, and the source {source.name} has {found} "
            f"({_listed(source.class_names)}); leave --classes out, or correct the folders."
        )
    if found < 2:
        raise DataError(f"the source {source.name} has {found} class; a classifier needs 2.")
    return source.labels


def _target_labels(source: ImageSource, target: ImageSource) -> Tensor | None:
    """The target's classes by the source's numbers: names decide, not the order of folders."""
    if target.labels is None or not target.class_names:
        return None
    unknown = [name for name in target.class_names if name not in source.class_names]
    if unknown:
        raise DataError(
            f"the target {target.name} has {len(target.class_names)} folders, of which "
            f"{_listed(unknown)} are no class of the source {source.name} "
            f"({_listed(source.class_names)}); rename them, or give --no-target-labels if they "
            "are no classes."
        )
    numbers = torch.tensor([source.class_names.index(name) for name in target.class_names])
    return numbers[target.labels]


def _split(num_images: int, held_out: float, domain: str) -> tuple[Tensor, Tensor]:
    """What is trained on and what is held out; the same for every seed."""
    num_test = round(held_out * num_images)
    if min(num_test, num_images - num_test) < _LEAST:
        raise DataError(
            f"the {domain} has {num_images} images, of which {num_test} would be held out: too "
            f"few. Each part needs {_LEAST}; add images, or change --held-out."
        )
    order = torch.randperm(num_images, generator=seeded_generator(0, f"{domain} split"))
    return order[num_test:].sort().values, order[:num_test].sort().values


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:5]) + (" ..." if len(names) > 5 else "")
