"""The chapter on sharing: its code runs on a run that its commands exported."""

import pytest
import torch
from tests.doc._snippets import blocks

from onestage.cli import main

PAGE = "docs/sharing.md"


def commands():
    pictures, exports, _ = blocks(PAGE, "console")
    yield from pictures.splitlines()[:3]
    yield from exports.splitlines()[1:]  # the first folder is written in Python


def test_the_python_blocks_run_in_order(tmp_path, monkeypatch):
    pytest.importorskip("onnxruntime")
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    train = "train --steps 2 --batch-size 8 --evaluate-samples 20 --out runs/digits"
    assert main(train.split()) == 0
    for line in commands():
        _, *arguments = line.partition("#")[0].split()
        assert main(arguments) == 0
    names: dict = {}
    for code in blocks(PAGE, "python"):
        exec(compile(code, PAGE, "exec"), names)
        assert names["images"].shape == (8, 1, 16, 16)
    torch.set_num_threads(threads)
