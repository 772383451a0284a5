"""The regression check: what no machine changes may not rise."""

import json
from pathlib import Path

import pytest

from onestage.bench import measure_costs, risen
from onestage.bench._pairs import PAIRS

FILE = Path(__file__).parents[3] / "benchmarks/results/costs.json"
STORED = json.loads(FILE.read_text())["costs"]


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n == "vocoder" else ()) for n in PAIRS]
)
def test_no_contender_costs_more_than_it_did(name):
    stored = [cost for cost in STORED if cost["networks"] == name]
    assert len(stored) >= 5
    assert risen(stored, measure_costs([name])) == []


def test_a_rise_and_a_loss_are_named():
    before = [
        {"networks": "a", "contender": "x", "flops": 100, "peak_bytes": 100},
        {"networks": "a", "contender": "y", "flops": 100, "peak_bytes": 100},
    ]
    now = [{"networks": "a", "contender": "x", "flops": 102, "peak_bytes": 103}]
    assert risen(before, now) == ["a x: peak_bytes rose by 3.0%", "a y is no longer measured"]
    assert risen(before, before) == []
