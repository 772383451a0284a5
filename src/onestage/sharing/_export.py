"""A generator in a file, held against the network that it was made from."""

from __future__ import annotations

import copy
import math
import tempfile
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from onestage.sharing._description import Description, describe
from onestage.sharing._folder import read_folder, write_folder
from onestage.sharing._onnx import read_model, write_model
from onestage.sharing._ports import draw_inputs, make_samples
from onestage.sharing._torch_export import read_program, write_program

Program = Callable[[Mapping[str, Tensor]], Tensor]

_BATCHES = (1, 7, 32)  # one sample, and numbers that were not traced


class ExportError(RuntimeError):
    """A generator that cannot be exported, or makes something else as it is; one line."""


class Format(NamedTuple):
    """How a generator is written and read.

    Attributes:
        suffix: of the file's name; "" for a folder.
        tolerance: largest absolute difference of a value from the network's. Images are in
            [-1, 1], where a grey level of 255 is 8e-3.
        packages: what it needs besides torch and safetensors.
        write: to a path that is free.
        read: back as a function of the inputs by name.
    """

    suffix: str
    tolerance: float
    packages: tuple[str, ...]
    write: Callable[[nn.Module, Path, Description], None]
    read: Callable[[Path], Program]


class Exported(NamedTuple):
    """What was written.

    Attributes:
        path: the file or folder.
        difference: largest absolute difference from the network that was measured.
        tolerance: what it may be.
        num_samples: in how many samples.
    """

    path: Path
    difference: float
    tolerance: float
    num_samples: int


def _write_folder(network: nn.Module, path: Path, description: Description) -> None:
    write_folder(network, path, description["training"])


def _read_folder(path: Path) -> Program:
    network = read_folder(path)
    return lambda inputs: make_samples(network, inputs)


FORMATS = {
    # The same kernels, which may sum in another order where the memory lies otherwise.
    "safetensors": Format("", 1e-5, (), _write_folder, _read_folder),
    "torch-export": Format(".pt2", 1e-5, (), write_program, read_program),
    # Another library's kernels.
    "onnx": Format(".onnx", 1e-4, ("onnx", "onnxscript", "onnxruntime"), write_model, read_model),
}


def export_generator(
    network: nn.Module, path: Path, to: str, *, training: Mapping[str, Any] | None = None
) -> Exported:
    """Write a generator, read it back, and hold what it makes against what the network makes.

    It is written as float32 in evaluation mode. Where it differs, nothing is left.

    Args:
        network: a generator of `onestage.networks`.
        path: the file or folder; it must not exist, and the folder that it is in must.
        to: a format, one of `FORMATS`.
        training: see `describe`.

    Raises:
        ExportError: if PyTorch cannot translate the network, or a value differs by more than the
            format's tolerance.
        ValueError: for a network, a format or a path that it cannot be, or a package that is not
            installed.
    """
    form = _check(path, to)
    network = copy.deepcopy(network).cpu().float().eval()
    description = describe(network, training)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        written = Path(folder) / path.name
        try:
            form.write(network, written, description)
        except torch.onnx.OnnxExporterError as error:
            raise ExportError(
                f"PyTorch {torch.__version__} cannot translate this generator to {to}; install a "
                "newer one (2.6 knows no BatchNorm), or try another format."
            ) from error
        difference = largest_difference(network, form.read(written))
        if not difference <= form.tolerance:  # NaN is no success
            raise ExportError(
                f"The generator as {to} differs from the network by {difference:.1e} in a value, "
                f"more than {form.tolerance:.0e}; it is not kept. Try another format."
            )
        written.rename(path)
    return Exported(path, difference, form.tolerance, sum(_BATCHES))


@torch.no_grad()
def largest_difference(network: nn.Module, program: Program) -> float:
    """The largest absolute difference of a value that a program makes from the network's."""
    random = torch.Generator().manual_seed(0)
    differences = []
    for size in _BATCHES:
        inputs = draw_inputs(network, size, random)
        expected, found = make_samples(network, inputs), program(inputs)
        if found.shape != expected.shape:
            return math.inf
        differences.append((found - expected).abs().max())
    return float(torch.stack(differences).max())


def _check(path: Path, to: str) -> Format:
    if to not in FORMATS:
        raise ValueError(f"There is no format {to!r}; choose one of {', '.join(FORMATS)}.")
    form = FORMATS[to]
    missing = [name for name in form.packages if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"The format {to} needs {', '.join(missing)}, which is not installed: "
            f"pip install 'onestage[{to}]'."
        )
    if path.exists():
        raise ValueError(f"{path} exists already and is left as it is; choose another name.")
    if form.suffix and path.suffix != form.suffix:
        raise ValueError(f"{path} is to be {to}: give a name that ends in {form.suffix}.")
    if not path.parent.is_dir():
        raise ValueError(
            f"There is no folder {path.parent} to write {path.name} to; make it first."
        )
    return form
