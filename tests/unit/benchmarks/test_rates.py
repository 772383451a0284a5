"""The trials at several rates, and the page that shows them."""

import json
from pathlib import Path

from rates import RATES, write_table
from recipes import METHODS, SEEDS

ROOT = Path(__file__).parents[3]


def test_the_page_shows_the_table_of_the_trials():
    trials = json.loads((ROOT / "benchmarks/results/rates.json").read_text())["trials"]
    assert write_table(trials) in (ROOT / "docs/comparison.md").read_text()


def test_a_ratio_is_one_stage_over_two():
    cells = [(rate, seed) for rate in RATES for seed in SEEDS]
    trials = [
        {"method": method, "rate": rate, "seed": seed, "fid": fid}
        for rate, seed in cells
        for method, fid in zip(METHODS, (3.0, 2.0), strict=True)
    ]
    assert write_table(trials).count("| 3.00 | 2.00 | 1.50 | 1.50, 1.50, 1.50 |") == len(RATES)
