"""Every piece of code in the guide runs."""

import torch
from tests.doc._snippets import blocks, sides
from tests.doc.test_readme import setting
from torch import nn

from onestage import OneStage

PAGE = "docs/from-two-stages-to-one.md"


def test_the_diff_gives_the_same_gradients():
    gradients = []
    for loop in sides(blocks(PAGE, "diff")[0]):
        names = {**setting(), "softplus": nn.functional.softplus}
        exec(compile(loop, PAGE, "exec"), names)
        gradients.append([p.grad for p in names["generator"].parameters()])
    for two_stage, one_stage in zip(*gradients, strict=True):
        assert torch.allclose(two_stage, one_stage, rtol=1e-3, atol=1e-6)


def test_the_python_blocks_run_in_order():
    names: dict = {}
    for code in blocks(PAGE, "python"):
        exec(compile(code, PAGE, "exec"), names)
    assert isinstance(names["game"], OneStage)
    assert all(p.grad is not None for p in names["generator"].parameters())
