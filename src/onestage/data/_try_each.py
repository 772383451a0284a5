"""Many files at once, in threads: Pillow decodes and resizes outside the interpreter's lock."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

from onestage.data._decode import UnreadableImage

_CHUNK = 64
_T = TypeVar("_T")


def try_each(
    do: Callable[[int], _T], numbers: Sequence[int]
) -> tuple[list[tuple[int, _T]], dict[int, UnreadableImage]]:
    """Call `do` with each number, in threads: what it gave, in order, and what was unreadable."""

    def try_one(number: int) -> _T | UnreadableImage:
        try:
            return do(number)
        except UnreadableImage as error:
            return error

    def try_some(some: Sequence[int]) -> list[_T | UnreadableImage]:
        return [try_one(number) for number in some]

    chunks = [numbers[first : first + _CHUNK] for first in range(0, len(numbers), _CHUNK)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(zip(numbers, chain.from_iterable(pool.map(try_some, chunks)), strict=True))
    bad = {number: given for number, given in results if isinstance(given, UnreadableImage)}
    done = [(n, given) for n, given in results if not isinstance(given, UnreadableImage)]
    return done, bad
