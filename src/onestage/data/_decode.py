"""From an image file of any kind to pixels."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ._source import DataError

_GREY_MODES = ("1", "L", "LA", "La", "I")
_WHITE = (255, 255, 255, 255)
_STEPS_OF_16_BITS = 257  # 65535 / 255


def is_grey(path: Path) -> bool:
    """Whether the file holds a grey image. Reads the header only; a palette counts as colour."""
    try:
        with Image.open(path) as image:
            return image.mode in _GREY_MODES or image.mode.startswith("I;")
    except Exception as error:  # what a damaged file raises depends on the format
        raise _unreadable(path, error) from error


def decode(path: Path, *, image_size: int, channels: int) -> np.ndarray:
    """The centre square of an image, resized.

    The image is turned upright (EXIF); transparency is laid over white; 16-bit grey is reduced to
    8 bits, CMYK and palettes become RGB; of an animation the first frame is taken. The resize is
    bicubic with antialiasing. Pillow's guard against decompression bombs stays on.

    Returns:
        uint8 [channels, image_size, image_size].

    Raises:
        DataError: If the file cannot be read; it names the file.
    """
    try:
        with Image.open(path) as file:
            image = _convert(_upright(file), "L" if channels == 1 else "RGB")
            image = _centre_square(image, image_size)
    except Exception as error:
        raise _unreadable(path, error) from error
    pixels = np.array(image, dtype=np.uint8).reshape(image_size, image_size, channels)
    return pixels.transpose(2, 0, 1)


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    return ImageOps.exif_transpose(image)


def _convert(image: Image.Image, mode: str) -> Image.Image:
    if image.mode == "F":
        raise ValueError("floating-point pixels have no agreed range; save it with 8 or 16 bits")
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


def _centre_square(image: Image.Image, image_size: int) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    # Cropped first: `resize(box=...)` would let pixels in from outside the box.
    square = image.crop((left, top, left + side, top + side))
    return square.resize((image_size, image_size), Image.Resampling.BICUBIC)


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return DataError(f"{path} cannot be read as an image ({reason}); repair or remove it.")
