"""A generator in words that a program can read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from onestage import networks
from onestage._version import __version__
from onestage.sharing._ports import input_ports, output_port

Description = dict[str, Any]

FORMAT = 1
_DEPTHS = ("num_layers", "num_blocks")  # options by which a few words make any number of layers
GENERATORS: dict[str, type[nn.Module]] = {
    name: getattr(networks, name) for name in networks.__all__ if name.endswith("Generator")
}


def describe(network: nn.Module, training: Mapping[str, Any] | None = None) -> Description:
    """What a generator is, what it takes and gives, and where it comes from.

    Args:
        network: a generator of `onestage.networks`.
        training: what there is to say of how it was trained; goes in as it is.

    Returns:
        What JSON can hold, with the fields that `onestage.sharing` lists.

    Raises:
        ValueError: if it is another network.
    """
    check_known(network)
    name, output = output_port(network)
    return {
        "library_name": "onestage",
        "format": FORMAT,
        "version": __version__,
        "torch": torch.__version__,
        "network": type(network).__name__,
        "options": dict(network.options),  # type: ignore[arg-type]
        "inputs": {key: port._asdict() for key, port in input_ports(network).items()},
        "output": {"name": name, **output._asdict()},
        "training": dict(training or {}),
    }


def check_known(network: nn.Module) -> None:
    """Raise `ValueError` unless this is a generator that can be built again by its name."""
    kind = type(network)
    if GENERATORS.get(kind.__name__) is not kind:
        raise ValueError(
            f"{kind.__name__} is not one of the generators of onestage.networks, which alone can "
            f"be built again by name ({', '.join(GENERATORS)}); if one of them is wrapped, pass "
            "what is inside, and share your own classes by huggingface_hub.PyTorchModelHubMixin."
        )


def build_network(description: Any, *, num_tensors: int) -> nn.Module:
    """The network that a description names, on the meta device: without memory for its weights.

    Args:
        description: what `describe` gave, or anything that a stranger wrote.
        num_tensors: of its weights; a network that is deeper than that is not begun.

    Raises:
        ValueError: if it names none, or another version's.
    """
    if not isinstance(description, dict) or "network" not in description:
        raise ValueError("it does not describe a generator of onestage")
    if description.get("format") != FORMAT:
        raise ValueError(
            f"it has format {description.get('format')!r}, and this version of onestage reads "
            f"{FORMAT}; install the version {description.get('version')}"
        )
    kind = GENERATORS.get(str(description["network"]))
    if kind is None:
        raise ValueError(
            f"it names the network {description['network']!r}; choose one of "
            f"{', '.join(GENERATORS)}"
        )
    options = description.get("options", {})
    try:
        if any(options.get(name, 0) > num_tensors for name in _DEPTHS):
            raise ValueError(f"its weights are {num_tensors} tensors")
        with torch.device("meta"):
            return kind(**options)
    except (AttributeError, TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise ValueError(f"its options do not fit {kind.__name__} ({error})") from error
