"""What goes into a generator and what comes out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

Options = Mapping[str, Any]

_IMAGE_RANGE = "[-1, 1]"


class Port(NamedTuple):
    """One tensor that goes in or comes out.

    Attributes:
        shape: sizes; a name stands for one that is free.
        dtype: "float32" or "int64".
        values: what it holds.
    """

    shape: tuple[int | str, ...]
    dtype: str
    values: str


def _latents(options: Options) -> Port:
    return Port(("batch", options["latent_dim"]), "float32", "standard normal")


def _labels(options: Options) -> Port:
    return Port(("batch",), "int64", f"classes 0 to {options['num_classes'] - 1}")


def _condition(options: Options) -> Port:
    size = options["image_size"]
    return Port(("batch", options["condition_channels"], size, size), "float32", _IMAGE_RANGE)


def _spectrograms(options: Options) -> Port:
    return Port(("batch", options["num_bands"], "frames"), "float32", "as in training")


# By the names that the networks give their arguments.
_INPUTS: dict[str, Callable[[Options], Port]] = {
    "latents": _latents,
    "labels": _labels,
    "condition": _condition,
    "spectrograms": _spectrograms,
}


def input_ports(network: nn.Module) -> dict[str, Port]:
    """The inputs of a generator of `onestage.networks` by name, in the order of its arguments."""
    names = inspect.signature(network.forward).parameters
    return {name: _INPUTS[name](_options(network)) for name in names}


def output_port(network: nn.Module) -> tuple[str, Port]:
    """The name of what a generator makes, and what it is."""
    options = _options(network)
    if "data_dim" in options:
        return "points", Port(("batch", options["data_dim"]), "float32", "unbounded")
    if "num_bands" in options:
        return "waves", Port(("batch", 1, "samples"), "float32", _IMAGE_RANGE)
    size = options["image_size"]
    return "images", Port(("batch", options["channels"], size, size), "float32", _IMAGE_RANGE)


def draw_inputs(network: nn.Module, batch_size: int, random: torch.Generator) -> dict[str, Tensor]:
    """Inputs of a generator by name, float32 and int64, on the CPU."""
    sizes = {"batch": batch_size, "frames": 8 + batch_size}
    drawn = {}
    for name, port in input_ports(network).items():
        shape = [sizes[size] if isinstance(size, str) else size for size in port.shape]
        if port.dtype == "int64":
            drawn[name] = torch.randint(_options(network)["num_classes"], shape, generator=random)
        elif port.values == _IMAGE_RANGE:
            drawn[name] = torch.rand(shape, generator=random) * 2 - 1
        else:
            drawn[name] = torch.randn(shape, generator=random)
    return drawn


@torch.no_grad()
def make_samples(network: nn.Module, inputs: Mapping[str, Tensor]) -> Tensor:
    """What a generator makes of its inputs; images are clamped to [-1, 1]."""
    return clamp_images(network, network(**inputs))


def clamp_images(network: nn.Module, output: Tensor) -> Tensor:
    """The output of a generator, in [-1, 1] if it is images: not every generator is bounded."""
    return output.clamp(-1, 1) if output_port(network)[0] == "images" else output


def _options(network: nn.Module) -> Options:
    options: Any = network.options
    return options
