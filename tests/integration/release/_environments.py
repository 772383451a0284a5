"""Environments that hold what a requirement declares, and nothing besides."""

import re
import subprocess
import sys
import sysconfig
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement


def closure(*names: str) -> dict[str, Distribution]:
    """The installed distributions of these names, and of all that they require."""
    found: dict[str, Distribution] = {}
    wanted = list(names)
    while wanted:
        requirement = Requirement(wanted.pop())
        key = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if key in found:
            continue
        try:
            found[key] = distribution(key)
        except PackageNotFoundError:
            continue  # an alternative that this machine does without
        for text in found[key].requires or ():
            needed = Requirement(text)
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                wanted.append(text)
    return found


def make_environment(folder: Path, *requirements: str) -> Path:
    """A fresh environment in which these are installed, linked to those of this one."""
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = folder / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    home = Path(sysconfig.get_path("purelib"))
    for found in closure(*requirements).values():
        for top in {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "")}:
            place = packages / top
            if top != "__pycache__" and not place.exists():
                place.symlink_to(home / top)
    return python


def install(python: Path, requirement: str) -> None:
    """With dependencies, but from nowhere: what is declared must be there already."""
    pip = (sys.executable, "-m", "pip", "--python", str(python))
    run(*pip, "install", "--no-index", "--disable-pip-version-check", requirement)
    run(*pip, "check", "--disable-pip-version-check")


def run(*command: str, cwd: Path | None = None, **environment: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
