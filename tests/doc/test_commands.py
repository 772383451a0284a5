"""Every command in the documentation is one that the command line takes."""

import re
import shlex

import pytest
from tests.doc._snippets import ROOT, blocks

from onestage.cli._app import app

PAGES = ["README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md")))]


def commands():
    for page in PAGES:
        for block in blocks(page, "console"):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.partition("#")[0].strip()
                if re.match(r"onestage\s", command):
                    yield pytest.param(command, id=f"{page}: {command[:60]}")


@pytest.mark.parametrize("command", list(commands()))
def test_its_options_exist(command):
    _, *arguments = shlex.split(command)
    how = {"exit_on_error": False, "print_error": False}
    _, launched, _ = app.meta.parse_args(arguments, **how)
    _, bound, told = app.parse_args(launched.args, **how)
    assert bound is not None
    assert set(told) <= {"terminal"}
