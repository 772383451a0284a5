"""From an image file of any kind to pixels."""

from __future__ import annotations

import io
import os
from typing import IO, NamedTuple

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from onestage.data._files import ImageFiles
from onestage.data._jpeg import decode_plain
from onestage.data._source import DataError

# Only these are ever tried: Pillow's reader of EPS would start another program.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_GREY_MODES = ("1", "L", "LA", "La", "I")
_WHITE = (255, 255, 255, 255)
_STEPS_OF_16_BITS = 257  # 65535 / 255
_EXIF_IN_INFO = {  # where Pillow keeps what it takes the orientation from
    "JPEG": ("exif", "xmp"),
    "PNG": ("exif", "Raw profile type exif", "xmp", "XML:com.adobe.xmp"),
}
_ENDS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}  # what a whole file has near its end
_TAIL = 4096


class UnreadableImage(DataError):  # noqa: N818 - the noun is what it is about
    """One image that cannot be read; the others may be."""


class Header(NamedTuple):
    """What a file says of its image."""

    width: int
    height: int
    mode: str
    format: str

    @property
    def is_grey(self) -> bool:
        """Whether it is grey; a palette counts as colour."""
        return self.mode in _GREY_MODES or self.mode.startswith("I;")


def read_header(files: ImageFiles, index: int, *, whole: bool = False) -> Header:
    """What a file says of its image.

    Args:
        files: the files.
        index: which of them.
        whole: decode the image in any case.

    Raises:
        UnreadableImage: if the file cannot be read; it names the file.
    """
    try:
        with files.open(index) as file:
            return look_at(file, whole=whole)
    except DataError:
        raise
    except Exception as error:  # what a damaged file raises depends on the format
        raise _unreadable(files.title(index), error) from error


def look_at(file: IO[bytes], *, whole: bool = False) -> Header:
    """What an open file says of its image; raises whatever Pillow does.

    A JPEG or PNG whose end is not where it should be is decoded, to see whether it is cut off.

    Args:
        file: from its beginning.
        whole: decode the image in any case.
    """
    with _open(file) as image:
        header = Header(image.width, image.height, image.mode, image.format or "")
        _check_pixels(image)
        if whole or not _has_end(file, header.format):
            file.seek(0)
            with _open(file) as again:
                _convert(again, "RGB")
        return header


def decode(
    files: ImageFiles, index: int, *, image_size: int, channels: int, crop: int | None = None
) -> np.ndarray:
    """The centre square of an image, resized.

    The image is turned upright (EXIF); transparency is laid over white; 16-bit grey is reduced to
    8 bits, CMYK and palettes become RGB; of an animation the first frame is taken. The resize is
    bicubic with antialiasing; a JPEG of more than four times the size is decoded at a half, a
    quarter or an eighth, never below twice the size. Images above Pillow's limit for decompression
    bombs are refused.

    Args:
        files: the files.
        index: which of them.
        image_size: height and width of the result in pixels.
        channels: 1 or 3.
        crop: side of the square in the image's pixels; None takes the largest there is.

    Returns:
        uint8 [image_size, image_size, channels].

    Raises:
        UnreadableImage: if the file cannot be read; it names the file.
    """
    try:
        data = files.read(index)
        if (crop or image_size) >= image_size:
            plain = decode_plain(data, image_size, channels)
            if plain is not None:
                return plain
        with _open(io.BytesIO(data)) as image:
            _check_pixels(image)
            if crop is None:
                image.draft(None, (2 * image_size, 2 * image_size))
            upright = _upright(image)
            square = _centre_square(_convert(upright, "L" if channels == 1 else "RGB"), crop)
            if square.size != (image_size, image_size):
                square = square.resize((image_size, image_size), Image.Resampling.BICUBIC)
            pixels = np.asarray(square)
    except DataError:
        raise
    except Exception as error:
        raise _unreadable(files.title(index), error) from error
    return pixels.reshape(image_size, image_size, channels)


def _open(file: IO[bytes]) -> Image.Image:
    return Image.open(file, formats=FORMATS)


def _check_pixels(image: Image.Image) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise ValueError(
            f"{image.width} x {image.height} pixels: more than Pillow's limit of {limit}, a "
            "decompression bomb"
        )
    if image.mode == "F":
        raise ValueError("floating-point pixels have no agreed range; save it with 8 or 16 bits")


def _has_end(file: IO[bytes], format: str) -> bool:
    if format not in _ENDS:
        return True
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    return _ENDS[format] in file.read()


def _upright(image: Image.Image) -> Image.Image:
    image.load()  # a PNG may have its EXIF after the pixels
    if image.format in _EXIF_IN_INFO and image.info.keys().isdisjoint(_EXIF_IN_INFO[image.format]):
        return image  # most have none, and asking Pillow is dear
    return ImageOps.exif_transpose(image)


def _convert(image: Image.Image, mode: str) -> Image.Image:
    if image.mode == mode and not image.has_transparency_data:
        image.load()
        return image
    if image.mode == "I" or image.mode.startswith("I;"):
        image = _reduce_to_8_bits(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, _WHITE), image)
    return image.convert(mode)


def _reduce_to_8_bits(image: Image.Image) -> Image.Image:
    """16-bit grey to 8 bits. Pillow opens some 16-bit files in its 32-bit mode I."""
    pixels = np.asarray(image).astype(np.int64)
    if pixels.min() < 0 or pixels.max() > np.iinfo(np.uint16).max:
        raise ValueError("its pixels need more than 16 bits; save it with 8 or 16 bits")
    return Image.fromarray(np.rint(pixels / _STEPS_OF_16_BITS).astype(np.uint8))


def _centre_square(image: Image.Image, crop: int | None) -> Image.Image:
    side = min(*image.size, crop or image.width)
    if image.size == (side, side):
        return image
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Cropped first: `resize(box=...)` would let pixels in from outside the box.
    return image.crop((left, top, left + side, top + side))


def _unreadable(title: str, error: Exception) -> UnreadableImage:
    if isinstance(error, UnidentifiedImageError):
        reason = f"none of {', '.join(FORMATS)}"
    elif isinstance(error, OSError) and error.strerror:
        reason = error.strerror
    else:
        reason = " ".join(str(error).split()) or type(error).__name__
    return UnreadableImage(f"{title} cannot be read as an image ({reason}); repair or remove it.")
