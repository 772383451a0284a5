"""The checklist of a release names commands, files and tests that exist."""

import re

import pytest
from tests.doc._snippets import ROOT, blocks

PAGES = ("docs/releasing.md", "SECURITY.md", "CONTRIBUTING.md", "README.md")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_command_of_the_checklist_is_one_of_make_or_git():
    lines = [line for block in blocks(PAGES[0], "console") for line in block.splitlines()]
    assert {line.split()[0] for line in lines} == {"make", "git"}


@pytest.mark.parametrize("page", PAGES)
def test_every_target_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^ *|`)make ([a-z-]+)", text, re.MULTILINE))
    assert named <= TARGETS


@pytest.mark.parametrize("page", PAGES[:2])
def test_every_file_exists(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = re.findall(r"`((?:src|tests|docs)/[\w/.-]+|[A-Z]+\.\w+|constraints[\w-]*\.txt)`", text)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
