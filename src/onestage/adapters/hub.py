"""Generators as models of the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

try:
    from onestage.sharing import read_folder, write_folder
except ImportError as error:
    raise ImportError(
        f"onestage.adapters.hub needs {error.name}: pip install 'onestage[hub]'."
    ) from error

_FILES = ["config.json", "model.safetensors"]


def save_pretrained(
    generator: nn.Module | str | Path,
    folder: str | Path,
    *,
    best: bool = False,
    training: Mapping[str, Any] | None = None,
) -> None:
    """Write a generator as the Hub has models: weights, `config.json` and a model card.

    `hf upload OWNER/NAME FOLDER`, of the package huggingface_hub, puts the folder there. Weights
    and description that are there are replaced, a README.md is left as it is.

    Args:
        generator: one of `onestage.networks`; or the folder of a run, whose newest averaged
            generator is taken.
        folder: where; it is made if need be.
        best: of a run, take the checkpoint whose evaluation had the least FID.
        training: of a network, what there is to say of how it was trained; a run says it itself.

    Raises:
        ValueError: if it is another network, or the run has no generator to take.
    """
    if not isinstance(generator, nn.Module):
        from onestage.apps import load_trained, provenance
        from onestage.training import RunFolder

        run = RunFolder.open(Path(generator))
        trained = load_trained(run, best=best)
        generator, training = trained.generator, provenance(run, trained)
    write_folder(generator, Path(folder), training)


def from_pretrained(name: str | Path, *, revision: str | None = None) -> nn.Module:
    """A generator that `save_pretrained` wrote, on the CPU in evaluation mode.

    Only networks of `onestage.networks` are built, by name; nothing is unpickled, and nothing that
    comes with the model is run.

    Args:
        name: a folder, or OWNER/NAME of a model on the Hub, which is downloaded into the cache.
        revision: branch, tag or commit on the Hub; by default the main branch.

    Raises:
        ValueError: if there is no such model, or it cannot be used. One line.
    """
    folder = Path(name)
    if folder.is_dir():
        return read_folder(folder)
    return read_folder(_download(str(name), revision))


def _download(name: str, revision: str | None) -> Path:
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ImportError(
            f"To fetch {name} from the Hub takes huggingface_hub: pip install 'onestage[hub]'."
        ) from error
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=_FILES))
    except (OSError, ValueError) as error:  # among them all that the Hub answers
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{name} is no folder here and cannot be fetched from the Hub ({reason}); give a "
            "folder that save_pretrained wrote, or OWNER/NAME of a model."
        ) from error
