"""What docs/extending.md adds: its blocks as they stand, on a copy of the project."""

import re
from pathlib import Path

import pytest
from tests.doc._copies import apply_diff, copy_project, named_blocks, run
from tests.doc._snippets import ROOT, blocks

PAGE = "docs/extending.md"


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The project with everything added."""
    folder = copy_project(tmp_path_factory.mktemp("copy"))
    for path, language, text in named_blocks(PAGE):
        if language == "diff":
            apply_diff(folder / path, text)
        else:
            assert not (folder / path).exists()
            (folder / path).write_text(text)
    return folder


def test_every_block_has_a_place():
    languages = ("python", "yaml", "diff")
    assert sum(len(blocks(PAGE, language)) for language in languages) == len(named_blocks(PAGE))


def test_the_tests_that_it_brings(copy):
    brought = [path for path, language, _ in named_blocks(PAGE) if path.startswith("tests/")]
    (copy / "tests/unit/engine/test_slice.py").write_text(SLICE)
    done = run(
        copy,
        *("-m", "pytest", "-q", "-p", "no:cacheprovider"),
        *("-k", "drift or fourier or dcgan-r1 or energy or shapes or test_losses or disc or slice"),
        *("tests/unit/engine/test_slice.py", *dict.fromkeys(brought)),
    )
    assert int(re.findall(r"(\d+) passed", done)[0]) >= 20, done


# The new penalty and the new network with a loss that reverses and one that does not; the record.
SLICE = """\
import torch
from _exactness.rows import failure, matrix, measure

from onestage.data import build_source
from onestage.metrics import evaluate_images


def test_slice():
    rows = [row for row in matrix() if "Drift" in row.penalty or row.network == "fourier"]
    rows = [row for row in rows if row.loss in ("wasserstein", "hinge")]
    rows = [row for row in rows if row.network in ("fourier", "mlp", "dcgan batch")]
    assert {row.takes for row in rows} == {"reversal", "ratio", "shared_penalty", "dual"}
    assert [text for row in rows if (text := failure(row, measure(row)))] == []


def test_slice_of_a_record(tmp_path):
    source = build_source("shapes", image_size=8)
    fakes = torch.stack([source[index] for index in range(500)])
    assert 0 <= evaluate_images(fakes, source, cache_dir=tmp_path)["energy"] < 0.1
"""


def test_it_is_linted(copy):
    places = ("src", "tests/unit", "benchmarks")
    run(copy, "-m", "ruff", "check", "--no-cache", *places)
    run(copy, "-m", "ruff", "format", "--check", "--no-cache", *places)


@pytest.mark.slow
def test_it_is_typed(copy):
    run(copy, "-m", "mypy", "--cache-dir", str(copy / ".mypy_cache"))


def test_the_files_that_it_points_at_exist():
    text = (ROOT / PAGE).read_text()
    named = re.findall(r"`((?:penalties|metrics|engine)/[\w/]+\.py)`", text)
    assert len(named) >= 5
    assert all((ROOT / "src/onestage" / name).exists() for name in named)
