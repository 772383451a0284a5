"""Networks by name, and a teacher's weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from onestage.apps.distillation._config import DistillationConfig
from onestage.apps.distillation._digits import DigitsNet
from onestage.apps.distillation._generator import DistillationGenerator
from onestage.apps.distillation._state_dicts import misfit, unwrapped
from onestage.networks import LeNet5, ResNetClassifier
from onestage.training import ConfigError, seeded

_BUILDERS: dict[str, Callable[[int, int], nn.Module]] = {
    "digits": lambda _, k: _digits(16, k),
    "digits-half": lambda _, k: _digits(8, k),
    "digits-bn": lambda _, k: _digits_bn(32, k),
    "digits-half-bn": lambda _, k: _digits_bn(16, k),
    "lenet5": lambda c, k: LeNet5(channels=c, num_classes=k),
    "lenet5-half": lambda c, k: LeNet5(channels=c, num_classes=k, divisor=2),
    "resnet18": lambda c, k: ResNetClassifier(depth=18, channels=c, num_classes=k),
    "resnet34": lambda c, k: ResNetClassifier(depth=34, channels=c, num_classes=k),
}


def _digits(width: int, classes: int) -> nn.Module:
    return DigitsNet(base_width=width, batch_norm=False, num_classes=classes)


def _digits_bn(width: int, classes: int) -> nn.Module:
    return DigitsNet(base_width=width, batch_norm=True, num_classes=classes, image_size=8)


def build_classifier(name: str, channels: int, classes: int) -> nn.Module:
    """The classifier of that name with weights from the global random state."""
    return _BUILDERS[name](channels, classes)


def build_student(config: DistillationConfig) -> nn.Module:
    """The student with the weights that the seed gives."""
    with seeded(config.seed, "student"):
        return build_classifier(config.student, config.channels, config.classes)


def build_generator(config: DistillationConfig) -> DistillationGenerator:
    """The generator with the weights that the seed gives.

    Raises:
        ConfigError: if the images' size does not suit it.
    """
    try:
        with seeded(config.seed, "generator"):
            return DistillationGenerator(
                image_size=config.image_size,
                channels=config.channels,
                latent_dim=config.latent_dim,
                base_width=config.generator_width,
            )
    except ValueError as error:
        raise ConfigError(str(error)) from error


def build_teacher_network(config: DistillationConfig) -> nn.Module:
    """The teacher's network, untrained.

    Raises:
        ConfigError: if the digits' teacher is wanted of another kind of network.
    """
    if config.teacher == "digits" and not config.teacher_network.startswith("digits"):
        raise ConfigError(
            f"--teacher digits trains a network for digits, and --teacher-network is "
            f"{config.teacher_network}; give a file of weights."
        )
    with seeded(config.seed, "teacher"):
        return build_classifier(config.teacher_network, config.channels, config.classes)


def load_teacher_weights(network: nn.Module, config: DistillationConfig) -> nn.Module:
    """The network with the weights of the config's file, in eval mode.

    Raises:
        ConfigError: if they cannot be read, or do not fit.
    """
    weights = read_weights(Path(config.teacher))
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:  # which names every weight
        raise ConfigError(
            f"The weights in {config.teacher} do not fit the network {config.teacher_network} "
            f"with {config.classes} classes and --channels {config.channels}: "
            f"{misfit(network, weights)}. Give the --teacher-network, --classes and --channels "
            "that they were trained with."
        ) from error
    return network.eval()


def read_weights(path: Path) -> dict[str, Tensor]:
    """A state dict from a .safetensors file, or from one of `torch.save`; nothing in it is run.

    What `DataParallel` and `torch.compile` put before every name is taken off.

    Raises:
        ConfigError: if there is none.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return unwrapped(load_file(path))
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ConfigError(f"There is no file {path}; give digits, or a file of weights.") from error
    except (SafetensorError, OSError, RuntimeError, ValueError, EOFError) as error:
        raise ConfigError(f"{path} cannot be read as weights: {_reason(error)}.") from error
    except Exception as error:  # an UnpicklingError of several modules
        raise ConfigError(
            f"{path} holds more than weights ({type(error).__name__}); save the network's "
            "state_dict() alone."
        ) from error
    for key in ("state_dict", "model"):
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
    if not isinstance(found, dict) or not all(isinstance(x, Tensor) for x in found.values()):
        raise ConfigError(f"{path} holds no state dict; save the network's state_dict().")
    return unwrapped(found)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1 if len(lines) < 3 else 1].rstrip(".:") if lines else type(error).__name__
