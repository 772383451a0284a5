"""A source by name or folder."""

from ._source import DataError, ImageSource, check_options


def build_source(where: str, *, image_size: int, channels: int | None = None) -> ImageSource:
    """The source that `where` names.

    Args:
        where: `"digits"`, `"photographs"`, or the path of a folder of images (`"./digits"` for a
            folder of that name).
        image_size: Height and width of the images in pixels.
        channels: 1 (grey) or 3 (RGB); None takes the source's own.

    Raises:
        DataError: If there is no such source, or it cannot be read. One line; it says which file.
    """
    check_options(image_size, channels)
    try:
        return _build(where, image_size, channels)
    except ModuleNotFoundError as error:
        raise DataError(
            f"the source {where} needs {error.name}, which is not installed; "
            "pip install 'onestage[demo]'."
        ) from error


def _build(where: str, image_size: int, channels: int | None) -> ImageSource:
    if where == "digits":
        from ._digits import DigitsSource

        return DigitsSource(image_size=image_size, channels=channels)
    if where == "photographs":
        from ._photographs import PhotographsSource

        return PhotographsSource(image_size=image_size, channels=channels)
    from ._folder import FolderSource

    return FolderSource(where, image_size=image_size, channels=channels)
