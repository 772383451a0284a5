"""A source by name, folder, archive or address."""

import os
from typing import Any

from onestage.data._faults import MAX_BAD, MEMORY
from onestage.data._source import DataError, ImageSource, check_options

NAMES = ("digits", "photographs", "ring")  # no folder is looked for under these
_EXTRAS = {"datasets": "hf", "sklearn": "demo"}


def build_source(
    where: str,
    *,
    image_size: int,
    channels: int | None = None,
    max_bad: float = MAX_BAD,
    max_bad_option: str = "max_bad",
    memory: int = MEMORY,
) -> ImageSource:
    """The source that `where` names.

    Args:
        where: `"digits"`; `"photographs"`; a folder of images (`"./digits"` for a folder of that
            name); a zip of images; tar shards (`shards/{000..012}.tar`, paths or URLs, or the
            folder that `pack` wrote); `hf:owner/name[:split]` for a data set of the Hugging Face
            Hub.
        image_size: height and width of the images in pixels.
        channels: 1 (grey) or 3 (RGB); None takes the source's own.
        max_bad: largest share of unreadable images that is put up with.
        max_bad_option: what that is called where a person sets it, such as `--max-bad`; the error
            of too many unreadable images names it.
        memory: bytes that decoded images may take: those of files that need no more are decoded at
            once, else each when it is asked for.

    Raises:
        DataError: if there is no such source, or it cannot be read. One line; it says which file.
    """
    check_options(image_size, channels)
    try:
        options = {"max_bad": max_bad, "max_bad_option": max_bad_option, "memory": memory}
        return _build(where, image_size, channels, options)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        raise DataError(
            f"the source {where} needs {error.name}, which is not installed; "
            f"pip install 'onestage[{_EXTRAS.get(package, 'cli')}]'."
        ) from error


def absolute_source(where: str) -> str:
    """The same source for somebody in another folder: paths are made absolute, names are left."""
    elsewhere = where.startswith(("hf:", "http://", "https://", "pipe:"))
    return where if where in NAMES or elsewhere else os.path.abspath(where)


def _build(
    where: str, image_size: int, channels: int | None, options: dict[str, Any]
) -> ImageSource:
    if where == "digits":
        from onestage.data._digits import DigitsSource

        return DigitsSource(image_size=image_size, channels=channels)
    if where == "photographs":
        from onestage.data._photographs import PhotographsSource

        return PhotographsSource(image_size=image_size, channels=channels)
    if where == "ring":
        raise DataError(
            "ring is a set of points in the plane, which have no image size; use RingSource."
        )
    from onestage.data._file_source import FileSource
    from onestage.data._open import open_files

    return FileSource(open_files(where), image_size=image_size, channels=channels, **options)
