"""Freezes weights for the length of a block."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from torch import Tensor


@contextlib.contextmanager
def frozen(parameters: Iterable[Tensor]) -> Iterator[None]:
    """The weights get no gradient inside the block, and its work is saved."""
    trained = [parameter for parameter in parameters if parameter.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)
