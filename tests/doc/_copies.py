"""A copy of the project to which a page's blocks are applied as they stand."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.doc._snippets import ROOT, sides


def copy_project(folder: Path) -> Path:
    """All that tests and linters need, without what was measured or built."""
    ignored = shutil.ignore_patterns("__pycache__", "results", "*.egg-info")
    for part in ("src", "tests", "benchmarks"):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def named_blocks(page: str) -> list[tuple[str, str, str]]:
    """The blocks that a line with a path announces: (path, language, text)."""
    pattern = r"^`([\w./-]+)`:\n\n```(\w+)\n(.*?)^```$"
    return re.findall(pattern, (ROOT / page).read_text(), flags=re.DOTALL | re.MULTILINE)


def apply_diff(file: Path, diff: str) -> None:
    """Replace the one place that the diff starts from."""
    before, after = sides(diff)
    text = file.read_text()
    assert text.count(before) == 1, f"{file.name} has {text.count(before)} places for:\n{before}"
    file.write_text(text.replace(before, after))


def run(folder: Path, *command: str) -> str:
    """A Python command in the copy; it must end well."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
