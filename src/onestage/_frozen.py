"""Freezes networks for the length of a block."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from torch import nn


@contextlib.contextmanager
def frozen(*modules: nn.Module | Iterable[nn.Module]) -> Iterator[None]:
    """The modules' weights get no gradient inside the block, and its work is saved."""
    listed = [m for group in modules for m in ([group] if isinstance(group, nn.Module) else group)]
    trained = [p for module in listed for p in module.parameters() if p.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)
