"""`onestage bench` as its user runs it."""

import json
import os
import subprocess
import sys

import pytest

from onestage.bench.__main__ import _parser
from onestage.cli import main
from onestage.cli._app import app

SMALL = ["--batch", "2", "--width", "2", "--size", "16", "--rounds", "2", "--threads", "1"]


def run(folder, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )


def test_figures_and_picture(tmp_path, capsys):
    files = ["--json", str(tmp_path / "b.json"), "--picture", str(tmp_path / "b.png")]
    assert main(["bench", *SMALL, *files, "--quiet"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == json.loads((tmp_path / "b.json").read_text())
    assert json.loads(said.out)["records"]
    assert said.err == ""
    assert (tmp_path / "b.png").stat().st_size > 1000


def test_both_commands_take_the_same_options():
    options = {
        name
        for part in (app.meta, app["bench"])
        for argument in part.assemble_argument_collection()
        if argument.parse
        for name in argument.names
        if name.startswith("-")
    }
    module = {name for action in _parser()._actions for name in action.option_strings}
    assert options == module - {"--help", "-h"}


BLOCKED = """
import sys
sys.modules.update(dict.fromkeys(("PIL", "cyclopts", "rich", "yaml", "sklearn"), None))
from onestage.bench.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("picture", [False, True])
def test_the_module_needs_torch_alone(tmp_path, picture):
    (tmp_path / "alone.py").write_text(BLOCKED)
    done = run(tmp_path, "alone", *SMALL, *(["--picture", "b.png"] if picture else []))
    assert done.returncode == (2 if picture else 0), done.stderr
    assert ("--picture needs Pillow" if picture else "one-stage-ratio") in done.stderr + done.stdout
