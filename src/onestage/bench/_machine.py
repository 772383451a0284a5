"""What was measured on, and with which versions."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

import torch

from onestage._allocator import ALLOCATOR_VARIABLES
from onestage._version import __version__

_CPU_INFO = Path("/proc/cpuinfo")


def describe_machine(device: torch.device) -> dict[str, Any]:
    """The processor, its cores and threads, how busy it is; of a GPU also its name and TF32."""
    found: dict[str, Any] = {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 1,
        "threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "device": device.type,
        "load_average": _load(),
        "allocator": {name: os.environ.get(name) for name in ALLOCATOR_VARIABLES},
    }
    if device.type == "cuda":
        found["device"] = torch.cuda.get_device_name(device)
        found["cuda"] = torch.version.cuda
        found["tf32"] = {
            "convolutions": torch.backends.cudnn.allow_tf32,
            "matrix products": torch.backends.cuda.matmul.allow_tf32,
        }
    return found


def versions() -> dict[str, str]:
    """Of what computes."""
    return {
        "onestage": __version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
    }


def _load() -> float | None:
    """Processes that wanted a core in the last minute, this one included."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def _cpu_model() -> str:
    if _CPU_INFO.exists():
        for line in _CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
