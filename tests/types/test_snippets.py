"""What a user writes has the types that it should have, and runs.

`make lint` holds the snippets against mypy; here also as one has them who sets `--strict`.
"""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import onestage

FOLDER = Path(__file__).with_name("snippets")
SNIPPETS = sorted(FOLDER.glob("*.py"))


@pytest.mark.parametrize(
    "snippet", [file for file in SNIPPETS if file.stem != "mistakes"], ids=lambda file: file.stem
)
def test_it_runs(snippet):
    runpy.run_path(str(snippet))


@pytest.mark.slow
def test_they_have_their_types_under_strict(tmp_path):
    """The package is silent, as an installed one is; its types are those that it ships."""
    options = ("--strict", "--follow-imports=silent", "--config-file=", f"--cache-dir={tmp_path}")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *map(str, SNIPPETS)],
        env={"MYPYPATH": str(Path(onestage.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
