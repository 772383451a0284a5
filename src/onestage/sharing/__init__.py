"""Generators as files that others can use, each with what it wants and where it comes from.

A shared generator is one of `onestage.networks` by name, with the options that it was built with;
what goes in and comes out follows from these. `describe` writes it down:

| field | what it says |
|---|---|
| `network`, `options` | the class and its arguments |
| `inputs` | by name: shape (a name stands for a size that is free), type, values |
| `output` | name, shape, type, range |
| `training` | step, settings and metrics of the run, where it comes from one |
| `format`, `version`, `torch` | of this description, of onestage, of PyTorch |

`export_generator` writes a file in one of three formats, reads it back and holds it against the
network:

* `safetensors`: a folder with the weights, the description as `config.json` and a model card, as
  the Hugging Face Hub has them; `read_folder` builds the network again, bit for bit. Only networks
  of `onestage.networks` are built, by name: nothing is unpickled, nothing from the folder is run.
* `torch-export`: a `torch.export` program (.pt2) that needs PyTorch and not this package.
* `onnx`: a model for any ONNX runtime.

The last two hold the description inside, as `onestage.json` and as the metadata `onestage`; the
number of samples is free, and images are clamped to [-1, 1], as `onestage sample` shows them.
"""

from onestage.sharing._description import build_network, describe
from onestage.sharing._export import FORMATS, Exported, ExportError, export_generator
from onestage.sharing._folder import read_folder, write_folder
from onestage.sharing._ports import draw_inputs, make_samples

__all__ = [
    "FORMATS",
    "ExportError",
    "Exported",
    "build_network",
    "describe",
    "draw_inputs",
    "export_generator",
    "make_samples",
    "read_folder",
    "write_folder",
]
