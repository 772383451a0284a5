"""How networks and images lie in memory, and compiled networks."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from onestage.training import ConfigError, MemoryFormat, TrainConfig

_RESIDUAL = ("sngan", "projection", "r3gan")
_IMAGE_DIMENSIONS = 4


def settle_format(config: TrainConfig) -> MemoryFormat:
    """What "auto" is for these settings, as measured on a CPU: docs/performance.md."""
    if config.memory_format != "auto":
        return config.memory_format
    pays = config.precision == "bf16" and config.networks in _RESIDUAL
    return "channels_last" if pays else "contiguous"


def place_network(network: nn.Module, device: torch.device, config: TrainConfig) -> None:
    """Bring a network to the device, in the settings' memory format; compile it if they say so."""
    network.to(device)
    if config.memory_format == "channels_last":
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if config.compile:
        _check_compiler(device)
        # In place: its weights keep their names, and it stays what it is. One shape, so that a
        # resumed run compiles what the first one has compiled.
        network.compile(backend=_inductor, dynamic=False)


def place(tensor: Tensor, device: torch.device, config: TrainConfig) -> Tensor:
    """A part of a batch on the device; images in the settings' memory format."""
    if config.memory_format == "channels_last" and tensor.ndim == _IMAGE_DIMENSIONS:
        return tensor.to(device, non_blocking=True, memory_format=torch.channels_last)
    return tensor.to(device, non_blocking=True)


def _check_compiler(device: torch.device) -> None:
    """Raise `ConfigError` where torch.compile finds no C++ compiler, which it needs for the CPU."""
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    if device.type != "cpu":
        return
    try:
        get_cpp_compiler()
    except InvalidCxxCompiler as error:
        raise ConfigError(
            "compile is on, and torch.compile finds no C++ compiler here: install g++, name one by "
            "the environment's CXX, or leave it out."
        ) from error


def _inductor(graph: torch.fx.GraphModule, inputs: list[Any]) -> Any:
    """torch.compile's own backend, whose graphs can be walked twice: the dual and the probe do."""
    from torch._functorch import config as functorch
    from torch._inductor.compile_fx import compile_fx

    with functorch.patch(donated_buffer=False):
        return compile_fx(graph, inputs)
