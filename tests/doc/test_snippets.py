"""Python on the pages runs as it stands; what a page takes for granted is here."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests.doc._snippets import ROOT, blocks
from tests.unit.report._folders import log_of, write_run
from torch import nn

ELSEWHERE = {  # pages whose tests do more with their blocks
    "docs/data.md",
    "docs/extending.md",
    "docs/from-two-stages-to-one.md",
    "docs/sharing.md",
}


def _nothing() -> dict:
    return {}


def _adaptation() -> dict:
    features, classifier, discriminator = nn.Linear(3, 4), nn.Linear(4, 2), nn.Linear(4, 1)
    labelled = [(torch.randn(6, 3), torch.tensor([0, 1] * 3))] * 2
    learners = [*features.parameters(), *classifier.parameters()]
    return {
        "features": features,
        "classifier": classifier,
        "discriminator": discriminator,
        "steps": 2,
        "labelled": labelled,
        "unlabelled": [torch.randn(6, 3)] * 2,
        "opt_f": torch.optim.SGD(learners, 0.1),
        "opt_d": torch.optim.SGD(discriminator.parameters(), 0.1),
        "log": lambda accuracy: None,
    }


def _distillation() -> dict:
    teacher, student, generator = nn.Linear(5, 3), nn.Linear(5, 3), nn.Linear(100, 5)
    return {
        "teacher": teacher,
        "student": student,
        "generator": generator,
        "cycles": 2,
        "student_optimizer": torch.optim.SGD(student.parameters(), 0.1),
        "generator_optimizer": torch.optim.SGD(generator.parameters(), 0.1),
    }


def _reports() -> dict:
    for name in "ab":
        write_run(Path("runs") / name, {"seed": 0}, log_of(3))
    return {}


PAGES: dict[str, Callable[[], dict]] = {
    "docs/adaptation.md": _adaptation,
    "docs/distillation.md": _distillation,
    "docs/reports.md": _reports,
    "docs/getting-started.md": _nothing,
    "docs/which-strategy.md": _nothing,
    "docs/mathematics.md": _nothing,
}


@pytest.mark.parametrize("page", PAGES)
def test_the_python_blocks_run_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = PAGES[page]()
    torch.manual_seed(0)
    for code in blocks(page, "python"):
        exec(compile(code, page, "exec"), names)
    if page == "docs/getting-started.md":
        assert blocks(page, "text") == [names["game"].explain() + "\n"]


def test_no_page_is_left_out():
    found = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in found if blocks(page, "python")} == {*PAGES, *ELSEWHERE}
