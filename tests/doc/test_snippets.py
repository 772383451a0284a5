"""Python on the pages runs as it stands; what a page takes for granted is here."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from tests.doc._snippets import ROOT, blocks
from tests.unit.report._folders import log_of, write_run
from torch import nn

from onestage.apps.distillation._networks import build_classifier
from onestage.cli import main

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


def _adapted() -> dict:
    """What the page's second command leaves, of a few small images."""
    for number in range(20):
        for folder in ("labelled/a", "labelled/b", "new"):
            (Path("photos") / folder).mkdir(parents=True, exist_ok=True)
            image = Image.new("RGB", (8, 8), (12 * number, 0, 0))
            image.save(Path("photos") / folder / f"{number}.png")
    _, command = blocks("docs/adaptation.md", "console")[0].splitlines()
    small = "--steps 2 --batch-size 4 --base-width 2 --threads 1"
    assert main([*command.split()[1:], *small.split()]) == 0
    return _adaptation()


def _distilled() -> dict:
    """A run under the name that the page's commands give, of a teacher that has learnt nothing."""
    save_file(build_classifier("digits", 1, 10).state_dict(), "teacher.safetensors")
    small = "--teacher teacher.safetensors --steps 2 --batch-size 4 --threads 1"
    assert main(["distill", *small.split(), "--out", "runs/digits"]) == 0
    return _distillation()


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
    "docs/adaptation.md": _adapted,
    "docs/distillation.md": _distilled,
    "docs/reports.md": _reports,
    "docs/getting-started.md": _nothing,
    "docs/which-strategy.md": _nothing,
    "docs/mathematics.md": _nothing,
}


@pytest.mark.parametrize("page", PAGES)
def test_the_python_blocks_run_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    names = PAGES[page]()
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    for code in blocks(page, "python"):
        exec(compile(code, page, "exec"), names)
    if page == "docs/getting-started.md":
        assert blocks(page, "text") == [names["game"].explain() + "\n"]


def test_no_page_is_left_out():
    found = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in found if blocks(page, "python")} == {*PAGES, *ELSEWHERE}
