"""What `step` does with a closure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def evaluate(closure: Callable[[], Any] | None) -> Any:
    """What the closure returns, gradients enabled; None where there is none."""
    if closure is None:
        return None
    with torch.enable_grad():
        return closure()
