"""The loss that CONTRIBUTING.md adds: its blocks as they stand, on a copy of the project."""

import re
from pathlib import Path

import pytest
from tests.doc._copies import apply_diff, copy_project, run
from tests.doc._snippets import ROOT, blocks

PAGE = "CONTRIBUTING.md"


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The project with the loss added."""
    folder = copy_project(tmp_path_factory.mktemp("copy"))
    (name,) = re.findall(r"The file, `(.+)`:", (ROOT / PAGE).read_text())
    (code,) = blocks(PAGE, "python")
    assert not (folder / name).exists()
    (folder / name).write_text(code)
    *exports, row = blocks(PAGE, "diff")
    for export in exports:
        apply_diff(folder / "src/onestage/losses/__init__.py", export)
    apply_diff(folder / "tests/unit/losses/test_values.py", row)
    return folder


def test_the_copy_is_what_is_imported(copy):
    code = "import onestage.losses as l; print(l.__file__, 'softmax' in l.LOSSES)"
    assert run(copy, "-c", code).split() == [str(copy / "src/onestage/losses/__init__.py"), "True"]


def test_its_values_and_a_slice_of_the_matrix(copy):
    (copy / "tests/unit/engine/test_slice.py").write_text(SLICE)
    done = run(
        copy,
        *("-m", "pytest", "-v", "-k", "softmax"),
        *("tests/unit/losses/test_values.py", "tests/unit/engine/test_slice.py"),
    )
    # By hand, and what every loss of the registry is held to; and the matrix.
    for name in ("test_values[softmax-", "test_logits_selects[softmax]", "test_softmax"):
        assert re.search(re.escape(name) + r".* PASSED", done), done


SLICE = """
from _exactness.rows import failure, matrix, measure

def test_softmax():
    rows = [row for row in matrix() if row.loss == "softmax"]
    networks = ("mlp", "dcgan batch", "patch instance")
    rows = [row for row in rows if row.network in networks]
    assert {row.network for row in rows} == set(networks)
    assert {row.takes for row in rows} == {"ratio", "shared_penalty", "dual"}
    assert [text for row in rows if (text := failure(row, measure(row)))] == []
"""


@pytest.mark.slow
def test_the_command_that_the_page_gives(copy):
    page = " ".join((ROOT / PAGE).read_text().split())
    (command,) = re.findall(r"`\.venv/bin/python (-m pytest .+?)`", page)
    marks, *arguments = re.findall(r'"[^"]+"|\S+', command)[3:]
    done = run(copy, "-m", "pytest", "-q", "-m", marks.strip('"'), *arguments)
    assert int(re.findall(r"(\d+) passed", done)[0]) >= 6


def test_it_is_formatted(copy):
    for check in (("check", "--no-cache"), ("format", "--check", "--no-cache")):
        run(copy, "-m", "ruff", *check, "src/onestage/losses", "tests/unit/losses")
