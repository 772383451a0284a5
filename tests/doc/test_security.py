"""The pages name every command that runs a function of one's own."""

import inspect
import re

import pytest
from tests.doc._snippets import ROOT

from onestage.cli._app import _COMMANDS


def takers():
    """Commands whose help has MODULE:FACTORY, with the option that takes it."""
    for _, commands in _COMMANDS:
        for command in commands:
            lines = inspect.getdoc(command).splitlines()
            for number, line in enumerate(lines):
                if "MODULE:FACTORY" in line and line.startswith(" "):
                    above = next(x for x in reversed(lines[:number]) if not x.startswith(" "))
                    yield command.__name__, above


def test_there_are_some():
    assert {"check", "bench", "evaluate", "compare"} == {name for name, _ in takers()}


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/extending.md"])
def test_each_is_named(page):
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split())
    for name, option in takers():
        is_named = f"onestage {name}" in text
        assert is_named, name
        if option != "factory":
            assert re.search(rf"--{option}\b", text), option


def test_the_places_that_are_written_to_are_named():
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    used = {"tempfile.gettempdir": "TMPDIR", "ONESTAGE_CACHE": "ONESTAGE_CACHE"}
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "src").rglob("*.py"))
    for what, word in used.items():
        assert what in code and f"`{word}`" in text
