"""`shards/{000..012}.tar`: many names in one option."""

import re

from onestage.data._source import DataError

_MAX_NAMES = 100_000
_BRACE = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


def expand_braces(pattern: str) -> list[str]:
    """The names that a pattern stands for, as a shell's braces do, in order.

    `{000..012}` counts, with as many digits as its ends have; `{a,b}` chooses.

    Raises:
        DataError: if it is a pattern that is none, or stands for too many names.
    """
    names = [""]
    place = 0
    for found in _BRACE.finditer(pattern):
        choices = _choices(found[1], pattern)
        if len(names) * len(choices) > _MAX_NAMES:
            raise DataError(f"{pattern} stands for more than {_MAX_NAMES:,} names; give fewer.")
        middle = pattern[place : found.start()]
        names = [name + middle + choice for name in names for choice in choices]
        place = found.end()
    rest = pattern[place:]
    if "{" in rest or "}" in rest or any("{" in name or "}" in name for name in names):
        raise DataError(f"{pattern} has a brace without its other half; write {{000..012}}.")
    return [name + rest for name in names]


def _choices(inside: str, pattern: str) -> list[str]:
    counted = _RANGE.fullmatch(inside)
    if counted is None:
        return inside.split(",")
    first, last = int(counted[1]), int(counted[2])
    if first > last or last - first >= _MAX_NAMES:
        raise DataError(
            f"{pattern} counts from {first} to {last}; count upwards, at most {_MAX_NAMES:,} names."
        )
    width = max(map(len, counted.groups()))
    padded = any(end.startswith("0") and len(end) > 1 for end in counted.groups())
    return [str(number).zfill(width if padded else 0) for number in range(first, last + 1)]
