"""Every piece of code in the README runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tests.doc._snippets import ROOT, blocks, sides
from torch import nn

from onestage import OneStage

README = "README.md"


def setting() -> dict:
    """What the README's first loop takes for granted."""
    torch.manual_seed(0)
    generator = nn.Sequential(nn.Linear(16, 32), nn.LeakyReLU(0.2), nn.Linear(32, 2))
    discriminator = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
    return {
        "torch": torch,
        "relu": nn.functional.relu,
        "OneStage": OneStage,
        "generator": generator,
        "discriminator": discriminator,
        "opt_d": torch.optim.SGD(discriminator.parameters(), 1e-6),
        "opt_g": torch.optim.SGD(generator.parameters(), 1e-6),
        "loader": [torch.randn(8, 2)],
    }


@pytest.mark.parametrize("page", [README, "docs/index.md"])
def test_the_diff_is_a_loop_before_and_after_with_the_same_gradients(page):
    before, after = sides(blocks(page, "diff")[0])
    gradients = []
    for loop in (before, after):
        names = setting()
        names |= {"G": names["generator"], "D": names["discriminator"]}
        exec(compile(loop, page, "exec"), names)
        gradients.append([p.grad for p in names["generator"].parameters()])
    # D has moved by 1e-6 of its gradient in between in one of them.
    for two_stage, one_stage in zip(*gradients, strict=True):
        assert torch.allclose(two_stage, one_stage, rtol=1e-3, atol=1e-6)


def test_the_python_blocks_run_in_order():
    names: dict = {}
    for code in blocks(README, "python"):
        exec(compile(code, README, "exec"), names)
    assert names["step"].finite


def test_the_check_of_the_readme(tmp_path):
    (code,) = [block for block in blocks(README, "python") if block.startswith("# my_gan.py")]
    (tmp_path / "my_gan.py").write_text(code)
    command = [sys.executable, "-m", "onestage", "check", "my_gan:build_check", "--rounds", "1"]
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env=one_thread
    )
    assert done.returncode == 0, done.stderr
    assert "layers.3 (BatchNorm2d)" in done.stdout
    assert "gradients: exact" in done.stdout


def commands() -> list[str]:
    lines = [line for block in blocks(README, "console") for line in block.splitlines()]
    return [line.partition("#")[0].strip() for line in lines if line.startswith("onestage ")]


@pytest.mark.parametrize("command", sorted({line.split()[1] for line in commands()}))
def test_the_commands_exist(command):
    from onestage.cli._app import app

    assert command in list(app)


def test_links_lead_somewhere():
    import re

    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / README).read_text()):
        if not target.startswith("http"):
            assert Path(ROOT / target).exists(), target
