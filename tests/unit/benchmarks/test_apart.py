"""The trials of a rule for each player, their page, and the preset that has the best."""

import json
from pathlib import Path

import pytest
from apart import best, write_table
from rates import PRESET
from recipes import ALL_RULES, METHODS

from onestage.training import build_config

ROOT = Path(__file__).parents[3]
TRIALS = json.loads((ROOT / "benchmarks/results/apart.json").read_text())["trials"]


def test_the_page_shows_the_table_of_the_trials():
    assert write_table(TRIALS) in (ROOT / "docs/comparison.md").read_text()


@pytest.mark.parametrize("method", METHODS)
def test_the_row_has_the_best_of_them(method):
    line = best(TRIALS, method)
    config = build_config({"preset": PRESET, "scale": "small", "method": method})
    assert config.ema_decay == line.average
    assert config.generator.learning_rate == line.rate
    assert config.discriminator.learning_rate == pytest.approx(line.rate * line.faster)
    for name in ("generator", "discriminator"):
        player, rule = getattr(config, name), ALL_RULES[getattr(line, name)]
        assert {"beta1": player.beta1, "optimism": player.optimism} == rule
        assert player.beta2 == line.beta2
