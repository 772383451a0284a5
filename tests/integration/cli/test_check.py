"""`onestage check` as its user runs it, on a module of their own."""

import json
import os
import subprocess
import sys

import pytest

MODULE = """
import torch
from torch import nn
from onestage.networks import DCGANDiscriminator, DCGANGenerator


def game(**others):
    torch.manual_seed(0)
    return {
        "discriminator": DCGANDiscriminator(image_size=16, channels=1, base_width=4),
        "generator": DCGANGenerator(image_size=16, channels=1, latent_dim=4, base_width=4),
        "inputs": (torch.randn(4, 4),),
        "real": torch.rand(4, 1, 16, 16),
        "loss": "hinge",
        **others,
    }


class Moody(nn.Linear):
    # A judge that changes with every call: no two stages would agree with one another.
    calls = 0

    def forward(self, sample):
        self.calls += 1
        return super().forward(sample).mean(1) * self.calls


def moody():
    return game(
        discriminator=Moody(6, 1),
        generator=nn.Linear(4, 6),
        real=torch.rand(4, 6),
    )


def wrong():
    return {"discriminator": None}
"""


def check(folder, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "mine.py").write_text(MODULE)
    return subprocess.run(
        [sys.executable, "-m", "onestage", "check", *arguments, "--rounds", "1"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
    )


def test_exact_as_json(tmp_path):
    done = check(tmp_path, "mine:game", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["exact"] is True
    assert record["strategy"] == "ratio"
    assert set(record["costs"]) == {"one-stage", "two-stage-tuned", "two-stage-naive"}


def test_not_exact_is_status_1(tmp_path):
    done = check(tmp_path, "mine:moody")
    assert done.returncode == 1, done.stderr
    assert "NOT EXACT" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mine"], "MODULE:FACTORY"),
        (["nowhere:game"], "no module named 'nowhere'"),
        (["mine:nothing"], "no function 'nothing'"),
        (["mine:wrong"], "lacks loss, real, generator"),
        (["mine:game", "--strategy", "best"], "Unknown strategy 'best'"),
    ],
)
def test_what_cannot_be_checked_is_one_line_and_status_2(tmp_path, arguments, words):
    done = check(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
