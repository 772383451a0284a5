"""What an adaptation has learnt."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from torch import nn

from onestage.apps._weights import newest_checkpoint, restore_network
from onestage.apps.adaptation._config import AdaptConfig, build_adapt_config
from onestage.apps.adaptation._networks import build_classifier, build_features
from onestage.training import RunError, RunFolder


class AdaptedNetworks(NamedTuple):
    """Features and classifier out of a run, on the CPU in evaluation mode.

    Attributes:
        features: from images [B, C, H, W] in [-1, 1] to features [B, F].
        classifier: from features to logits [B, K]; classes are numbered in the order of the names
            of the source's folders.
        config: the run's settings.
        step: after how many steps.
    """

    features: nn.Module
    classifier: nn.Module
    config: AdaptConfig
    step: int


def load_adapted(run: str | Path) -> AdaptedNetworks:
    """The networks of the newest checkpoint of a run of `onestage adapt`.

    Args:
        run: the folder.

    Raises:
        ValueError: (`RunError`, `CheckpointError`) if it is no such run, or has no checkpoint that
            can be used. One line.
    """
    folder = RunFolder.open(Path(run))
    config = build_adapt_config(folder.settings(AdaptConfig, "adapt"))
    if config.channels is None or config.classes is None:
        raise RunError(
            f"{folder.config_file} does not say how many channels and classes there are; put back "
            "the one that the run was trained with."
        )
    features = build_features(config)
    classifier = build_classifier(config, features.num_features)
    checkpoint = newest_checkpoint(folder, config)
    restore_network(features, folder, checkpoint, "features")
    step = restore_network(classifier, folder, checkpoint, "classifier")
    return AdaptedNetworks(features, classifier, config, step)
