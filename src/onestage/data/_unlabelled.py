"""What to do about images that have no labels."""

from typing import Any

_NAMED = 3


def how_to_label(source: Any) -> str:
    """The end of a message on a source whose labels are wanted and not there.

    Args:
        source: an `ImageSource`; its `strays`, where it has some, are the files that lie beside
            the folders of its classes.
    """
    strays = getattr(source, "strays", ())
    if not strays:
        return "put the images of each class into a folder of its own."
    more = len(strays) - _NAMED
    named = ", ".join(strays[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    lies, it = ("lies", "it") if len(strays) == 1 else ("lie", "them")
    return f"{named} {lies} beside the folders of its classes: move {it} into one, or away."
