"""What the figures were measured on."""

from __future__ import annotations

import platform
from typing import Any

import torch

from onestage import bench

_HARDWARE = ("cpu", "cores", "threads", "system")


def describe_machine() -> dict[str, Any]:
    """The processor, its cores, the threads used, the GPU where there is one, and the versions."""
    found = bench.describe_machine(torch.device("cpu"))
    gpu = {"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else {}
    return {
        **{name: found[name] for name in _HARDWARE},
        "python": platform.python_version(),
        "torch": torch.__version__,
        **gpu,
    }
