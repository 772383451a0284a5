"""The ten rows of the paper on digits: 300 steps each."""

import pytest
import torch

from onestage.apps import build_game
from onestage.training import build_config

ROWS = [
    *("dcgan-sym", "dcgan-asym", "cgan", "wgan", "lsgan"),
    *("geogan", "relgan", "fishergan", "bgan", "sngan"),
]


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_a_row_makes_all_ten_digits_within_300_steps(name):
    torch.set_num_threads(1)
    game = build_game(build_config({"preset": name, "scale": "smoke", "steps": 300}))
    finite = [game.step()["finite"] for _ in range(300)]
    assert torch.stack(finite).all()
    metrics = game.evaluate()
    assert metrics["num_samples"] == 2000
    assert metrics["smallest_class"] > 0, metrics
