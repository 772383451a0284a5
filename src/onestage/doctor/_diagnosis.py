"""Everything together, and what is wrong with it."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from onestage._version import __version__
from onestage.doctor._devices import Device, examine_devices
from onestage.doctor._packages import Package, find_packages

_NVIDIA = Path("/proc/driver/nvidia/version")
_GET_TORCH = "https://pytorch.org/get-started/locally"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what mends it.

    Attributes:
        what: in a line.
        remedy: a command where there is one; empty where nothing is known.
        is_needed: whether the project cannot be used before it is mended.
    """

    what: str
    remedy: str
    is_needed: bool


@dataclass(frozen=True)
class Diagnosis:
    """What was found.

    Attributes:
        onestage: version.
        torch: version.
        python: version.
        system: its name and the processor's kind.
        cuda: the version that torch was built for, or None.
        free: bytes on the disk of the working directory.
        devices: each with what works on it.
        packages: those that the project's metadata names.
        problems: all that is wrong.
    """

    onestage: str
    torch: str
    python: str
    system: str
    cuda: str | None
    free: int
    devices: list[Device]
    packages: list[Package]
    problems: list[Problem]

    @property
    def is_usable(self) -> bool:
        """Whether nothing that is needed is broken."""
        return not any(problem.is_needed for problem in self.problems)


def diagnose(
    *, needs: tuple[str, ...] = (), say: Callable[[str], object] = lambda line: None
) -> Diagnosis:
    """Look at everything.

    Args:
        needs: extras without which the project is of no use to the one who asks, such as "cli".
        say: told of what is tried, a line at a time.
    """
    devices = examine_devices(say)
    say("importing what is installed")
    packages = find_packages()
    problems = [*_of_devices(devices), *_of_packages(packages, ("", *needs)), *_of_torch()]
    return Diagnosis(
        __version__,
        str(torch.__version__),
        platform.python_version(),
        f"{platform.system()} {platform.machine()}",
        torch.version.cuda,
        shutil.disk_usage(".").free,
        devices,
        packages,
        problems,
    )


def _of_devices(devices: list[Device]) -> Iterator[Problem]:
    for device in devices:
        if device.fault is not None:
            remedy = "" if device.exactness else f"install a PyTorch that fits it: {_GET_TORCH}"
            yield Problem(f"{device.name} does not work: {device.fault}", remedy, True)


def _of_packages(packages: list[Package], needed: tuple[str, ...]) -> Iterator[Problem]:
    if not packages:
        yield Problem(
            "onestage is not installed, only found: its packages cannot be checked",
            "pip install -e '.[demo]' in its folder",
            False,
        )
    for package in packages:
        is_needed = package.extra in needed
        if package.fault is not None:
            what = f"{package.name} {package.version} {package.fault}"
            yield Problem(what, package.remedy, is_needed)
        elif package.version is None and is_needed:
            yield Problem(f"{package.name} is not installed", package.remedy, True)


def _of_torch() -> Iterator[Problem]:
    """An NVIDIA device that this torch does not see, the most frequent disappointment."""
    if torch.cuda.is_available() or not (_NVIDIA.exists() or shutil.which("nvidia-smi")):
        return
    built = torch.version.cuda
    why = f"finds no device by its CUDA {built}" if built else "is built for the CPU alone"
    what = f"There is an NVIDIA driver here, but this PyTorch {why}"
    yield Problem(what, f"install one that fits the driver: {_GET_TORCH}", False)
