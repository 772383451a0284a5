"""A generator as an ONNX model."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn

from onestage.sharing._description import Description
from onestage.sharing._torch_export import free_sizes, trace

METADATA = "onestage"


def write_model(network: nn.Module, path: Path, description: Description) -> None:
    """Write the model with its weights inside; the description is its metadata `onestage`."""
    with _quiet():
        model = torch.onnx.export(
            trace(network),
            dynamo=True,
            dynamic_shapes=free_sizes(network),  # for their names
            input_names=list(description["inputs"]),
            output_names=[description["output"]["name"]],
            verbose=False,
        )
        assert model is not None
        model.model.metadata_props[METADATA] = json.dumps(description)
        model.save(path, external_data=False)


def read_model(path: Path) -> Callable[[Mapping[str, Tensor]], Tensor]:
    """The model in ONNX Runtime as a function of the inputs by name."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(inputs: Mapping[str, Tensor]) -> Tensor:
        (output,) = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        return torch.from_numpy(output)

    return run


@contextmanager
def _quiet() -> Iterator[None]:
    """PyTorch's exporter warns of deprecations in itself, and of libraries that are not there."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)
