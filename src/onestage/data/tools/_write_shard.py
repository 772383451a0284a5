"""One shard."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from onestage.data._decode import UnreadableImage
from onestage.data._file_source import FileSource
from onestage.data._source import ImageSource

FORMATS: dict[str, dict[str, Any]] = {
    "png": {"format": "PNG"},
    "jpg": {"format": "JPEG", "quality": 95, "subsampling": 0},
}


def write_shard(source: ImageSource, indices: range, path: Path, format: str) -> dict[int, str]:
    """Write the images `indices` of a source to the tar `path`, whole or not at all.

    Returns:
        What is wrong with each image that was left out.
    """
    bad: dict[int, str] = {}

    def write(file: IO[bytes]) -> None:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for index in indices:
                try:
                    image, suffix = _image(source, index, format)
                except UnreadableImage as error:
                    bad[index] = str(error)
                    continue
                _add(tar, f"{index:08d}.{suffix}", image)
                if source.labels is not None:
                    _add(tar, f"{index:08d}.cls", str(int(source.labels[index])).encode())

    _write_atomically(path, write)
    return bad


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file that is there whole or not at all."""
    _write_atomically(path, lambda file: file.write(data))


def _write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _image(source: ImageSource, index: int, format: str) -> tuple[bytes, str]:
    """A file and its suffix; a JPEG that is as it should be already is taken as it is."""
    pixels = _pixels(source, index)  # in any case: it must be readable
    plain = source.plain_jpeg(index) if isinstance(source, FileSource) else None
    return (_encode(pixels, format), format) if plain is None else (plain, "jpg")


def _pixels(source: ImageSource, index: int) -> np.ndarray:
    """uint8 [H, W, C]."""
    if isinstance(source, FileSource):
        return source.pixels(index)
    image = ((source[index] + 1) * 127.5).round().clamp(0, 255)
    return image.byte().permute(1, 2, 0).numpy()


def _encode(pixels: np.ndarray, format: str) -> bytes:
    buffer = io.BytesIO()
    grey = pixels.shape[-1] == 1
    Image.fromarray(pixels.squeeze(-1) if grey else pixels).save(buffer, **FORMATS[format])
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)  # owner, group and time are zero: the same bytes every time
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))
