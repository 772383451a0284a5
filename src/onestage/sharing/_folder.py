"""A generator as the Hugging Face Hub keeps models: weights, a description, a card."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from onestage.sharing._card import write_card
from onestage.sharing._description import build_network, describe

WEIGHTS, CONFIG, CARD = "model.safetensors", "config.json", "README.md"


def write_folder(
    network: nn.Module, folder: Path, training: Mapping[str, Any] | None = None
) -> None:
    """Write `model.safetensors`, `config.json` and `README.md`.

    Weights and description of an earlier time are replaced; a README.md that is there is yours and
    stays.

    Args:
        network: a generator of `onestage.networks`.
        folder: where; it is made if need be.
        training: see `describe`.

    Raises:
        ValueError: if it is another network.
    """
    description = describe(network, training)
    # safetensors refuses channels-last tensors.
    weights = {key: value.cpu().contiguous() for key, value in network.state_dict().items()}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    shutil.copymode(folder / CONFIG, folder / WEIGHTS)  # safetensors lets nobody else read
    if not (folder / CARD).exists():
        (folder / CARD).write_text(write_card(description), encoding="utf-8")


def read_folder(folder: Path) -> nn.Module:
    """The generator of a folder, on the CPU in evaluation mode.

    Nothing is unpickled and nothing of the folder is run; what memory is taken is that of the
    weights in it.

    Raises:
        ValueError: if a file is missing or cannot be used. One line.
    """
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ValueError(
                f"{folder} holds no {name}, which a shared generator has; give a folder that "
                "save_pretrained or onestage export wrote."
            )
    try:
        # Copies lie where kernels want them, which keeps the last bit of what they compute.
        weights = {key: value.clone() for key, value in load_file(folder / WEIGHTS).items()}
    except SafetensorError as error:
        raise ValueError(f"{folder / WEIGHTS} is damaged ({error}); fetch it anew.") from error
    try:
        description = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        network = build_network(description, num_tensors=len(weights))
    except (ValueError, RecursionError) as error:  # JSON's own among them
        raise ValueError(f"{folder / CONFIG} cannot be used: {error}.") from error
    try:
        network.load_state_dict(weights, assign=True)
    except RuntimeError as error:
        raise ValueError(
            f"{folder / WEIGHTS} holds the weights of another network than {CONFIG} names; fetch "
            "both anew."
        ) from error
    return network.eval()
