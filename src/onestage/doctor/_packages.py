"""The packages that the project's metadata names."""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib import metadata

_ITSELF = "onestage"
_FOR_DEVELOPERS = frozenset(("test", "docs", "release"))
_REQUIREMENT = re.compile(
    r"""(?P<name>[\w.-]+)\s*(?:\[[^]]*])?\s*  # scikit-learn
    (?:>=\s*(?P<least>[\d.]+))?\s*           # >=1.5
    (?:;\s*extra\s*==\s*["'](?P<extra>[\w-]+)["'])?""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Package:
    """A package that is needed, or can be had.

    Attributes:
        name: as it is installed.
        extra: the extra of the project that asks for it; empty for what is always needed.
        least: the oldest version that will do; empty if any does.
        version: the one that is installed, or None.
        fault: what is wrong with it although it is installed, or None.
    """

    name: str
    extra: str
    least: str
    version: str | None
    fault: str | None = None

    @property
    def remedy(self) -> str:
        """The command that mends it."""
        if self.fault is not None and not self.is_old:
            return f"pip install --force-reinstall {self.name}"
        return f"pip install '{_ITSELF}[{self.extra}]'" if self.extra else f"pip install {_ITSELF}"

    @property
    def is_old(self) -> bool:
        """Whether it is installed in too old a version."""
        return self.version is not None and _numbers(self.version) < _numbers(self.least)


def find_packages(requirements: Iterable[str] | None = None) -> list[Package]:
    """Every requirement of the project and its extras, each installed one imported.

    Args:
        requirements: as package metadata has them; by default the project's own.

    Returns:
        In the order of the metadata; none if the project runs from its source alone.
    """
    if requirements is None:
        try:
            requirements = metadata.requires(_ITSELF) or ()
        except metadata.PackageNotFoundError:
            requirements = ()
    parts = [match for line in requirements if (match := _REQUIREMENT.fullmatch(line))]
    wanted = [x for x in parts if x["name"] != _ITSELF and x["extra"] not in _FOR_DEVELOPERS]
    return [_look(x["name"], x["extra"] or "", x["least"] or "") for x in wanted]


def _look(name: str, extra: str, least: str) -> Package:
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Package(name, extra, least, None)
    found = Package(name, extra, least, version)
    fault = f"is older than {least}" if found.is_old else _import_fault(_modules(name))
    return Package(name, extra, least, version, fault)


def _modules(name: str) -> list[str]:
    """The top-level modules of an installed package, which often has another name than they."""
    package = metadata.distribution(name)
    declared = (package.read_text("top_level.txt") or "").split()
    # Not every builder declares them, and Python 3.10's packages_distributions() looks no further.
    found = [
        file.parts[0].removesuffix(".py")
        for file in package.files or ()
        if file.suffix == ".py" and file.parts[1:] in ((), ("__init__.py",))
    ]
    return [module for module in declared or found if not module.startswith("_")]


def _import_fault(modules: Iterable[str]) -> str | None:
    """Why the modules cannot be imported; packages that do not fit one another raise anything."""
    try:
        # Some print their troubles; what stdout gets is the answer alone.
        with warnings.catch_warnings(), redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            for module in modules:
                importlib.import_module(module)
    except Exception as error:
        line = " ".join(str(error).split())
        return f"cannot be imported: {type(error).__name__}: {line}"
    return None


def _numbers(version: str) -> list[int]:
    """The release of 1.26.4 or 2.10.0+cpu as numbers, to be compared: 2.10 and 2.10.0 are one."""
    release = re.match(r"[\d.]*", version)
    numbers = [int(part) for part in release[0].split(".") if part] if release else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return numbers
