"""Data sets of the Hugging Face Hub."""

import io
from collections.abc import Mapping
from typing import IO, Any

import torch
from torch import Tensor

from onestage.data._files import read_bytes
from onestage.data._source import DataError


def open_hub(where: str) -> "HubFiles":
    """The images of `owner/name[:split]`; they are downloaded where they are not in its cache.

    Raises:
        DataError: if there is no such data set or split, or it has no images.
        ModuleNotFoundError: if the package `datasets` is not installed.
    """
    from datasets import load_dataset

    name, _, split = where.partition(":")
    try:
        dataset = load_dataset(name, split=split or "train")
    except Exception as error:  # many libraries' errors, by what is missing
        reason = " ".join(str(error).split())
        raise DataError(f"hf:{where} cannot be loaded ({reason}); check name and split.") from error
    return HubFiles(dataset, name)


class HubFiles:
    """The images of a `datasets.Dataset`, as the files that they were made from.

    The first column of images is taken, and the first of class labels.

    Args:
        dataset: the data set.
        name: its name.

    Raises:
        DataError: if it has no column of images.
    """

    channels: int | None = None
    others: Mapping[str, int] | None = None
    blocks: tuple[int, ...] | None = None

    def __init__(self, dataset: Any, name: str) -> None:
        kinds = {column: type(kind).__name__ for column, kind in dataset.features.items()}
        self._column = next((column for column, kind in kinds.items() if kind == "Image"), None)
        if self._column is None:
            raise DataError(f"{name} has no column of images; it has {', '.join(kinds) or 'none'}.")
        if len(dataset) == 0:
            raise DataError(f"{name} has no rows; give another split, as in hf:{name}:train.")
        image = type(dataset.features[self._column])
        self.name = name
        self._dataset = dataset.cast_column(self._column, image(decode=False))
        self.labels: Tensor | None = None
        self.class_names: tuple[str, ...] = ()
        classes = next((column for column, kind in kinds.items() if kind == "ClassLabel"), None)
        if classes is not None and None not in (values := list(dataset[classes])):
            self.labels = torch.tensor(values, dtype=torch.int64)
            self.class_names = tuple(dataset.features[classes].names)

    def __len__(self) -> int:
        return len(self._dataset)

    def open(self, index: int) -> IO[bytes]:
        """See `ImageFiles`."""
        return io.BytesIO(self.read(index))

    def read(self, index: int) -> bytes:
        """See `ImageFiles`."""
        row = self._dataset[index][self._column] or {}
        return read_bytes(row["path"]) if row.get("bytes") is None else row["bytes"]

    def title(self, index: int) -> str:
        """See `ImageFiles`."""
        return f"row {index} of {self.name}"

    def fingerprint(self) -> list[Any]:
        """See `ImageFiles`."""
        return [getattr(self._dataset, "_fingerprint", None), len(self)]

    def versions(self) -> list[Any] | None:
        """See `ImageFiles`."""
        return None if getattr(self._dataset, "_fingerprint", None) is None else []
