"""A generator as a `torch.export` program."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from onestage.sharing._description import Description
from onestage.sharing._ports import clamp_images, draw_inputs, input_ports

METADATA = "onestage.json"
_TRACED = 2  # samples; 1 would count as a size that never changes
_MOST = 2**31 - 1  # of a free size; PyTorch 2.6 and 2.7 refuse what might be 2**63 - 1


def trace(network: nn.Module) -> ExportedProgram:
    """The program of a generator; what is free in its ports is free."""
    network = copy.deepcopy(network)
    network.register_forward_hook(lambda module, _, output: clamp_images(module, output))
    inputs = draw_inputs(network, _TRACED, torch.Generator().manual_seed(0))
    # Not strict, as from torch 2.7 on; the strict way of 2.6 breaks the graph at the hook.
    return torch.export.export(
        network, tuple(inputs.values()), dynamic_shapes=free_sizes(network), strict=False
    )


def free_sizes(network: nn.Module) -> dict[str, dict[int, Dim]]:
    """The axes of each input whose size is free; those of one name are equal."""
    ports = input_ports(network)
    names = {size for port in ports.values() for size in port.shape if isinstance(size, str)}
    free = {name: Dim(name, max=_MOST) for name in names}
    return {
        name: {axis: free[size] for axis, size in enumerate(port.shape) if isinstance(size, str)}
        for name, port in ports.items()
    }


def write_program(network: nn.Module, path: Path, description: Description) -> None:
    """Write the program; the description is its extra file `onestage.json`."""
    torch.export.save(trace(network), path, extra_files={METADATA: json.dumps(description)})


def read_program(path: Path) -> Callable[[Mapping[str, Tensor]], Tensor]:
    """The program as a function of the inputs by name."""
    module = torch.export.load(path).module()
    return lambda inputs: module(*inputs.values())
