"""Files that are kept between runs."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from onestage.metrics._hash import hash_tensors


def find_cache(cache_dir: str | Path | None) -> Path:
    """The folder given, or the environment's `ONESTAGE_CACHE`, or `~/.cache/onestage`."""
    if cache_dir is not None:
        return Path(cache_dir)
    return Path(os.environ.get("ONESTAGE_CACHE") or Path.home() / ".cache" / "onestage")


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write a file with the tensors' hash; a reader sees the whole of it or none.

    Raises:
        Exception: if it cannot be written; safetensors has one of its own for a full disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        file = Path(folder, path.name)
        save_file(dict(tensors), file, {**metadata, "sha256": hash_tensors(tensors)})
        file.replace(path)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and metadata of such a file.

    Raises:
        Exception: if it is damaged; which one depends on the damage.
    """
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if metadata["sha256"] != hash_tensors(tensors):
        raise ValueError("the hash is not that of its contents")
    return tensors, metadata
