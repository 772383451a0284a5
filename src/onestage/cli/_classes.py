"""Classes of a run, by name or number."""

from __future__ import annotations

from difflib import get_close_matches

from onestage._convert import ConfigError, convert
from onestage.training import DataRecord, RunFolder, load_data

_OPTION = "--classes"


def read_classes(text: str, run: RunFolder) -> tuple[int, ...]:
    """The labels that a list such as `cat,dog` or `3,7` means.

    A word that is the name of a class means this one, also where it looks like a number; any other
    is the number of a class. A name with a comma in it can only be given by its number.

    Raises:
        ConfigError: for a word that is neither. One line.
    """
    data = load_data(run)
    if data is None or not data.class_names:
        return convert(text, tuple[int, ...], _OPTION)
    words = [word.strip() for word in text.split(",")]
    return tuple(_label(word, data) for word in words if word)


def _label(word: str, data: DataRecord) -> int:
    if word in data.class_names:
        return data.class_names.index(word)
    try:
        return convert(word, int, _OPTION)
    except ConfigError as error:
        near = get_close_matches(word, data.class_names, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigError(
            f"{_OPTION} has {word!r}, which is none of the {data.describe_classes()} of this run."
            f"{hint}"
        ) from error
