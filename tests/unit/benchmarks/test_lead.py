"""The trials of looking ahead, and the page that shows them."""

import json
from pathlib import Path

from lead import optimism, write_table

ROOT = Path(__file__).parents[3]


def test_the_page_shows_the_table_of_the_trials():
    trials = json.loads((ROOT / "benchmarks/results/lead.json").read_text())["trials"]
    assert write_table(trials) in (ROOT / "docs/comparison.md").read_text()


def test_a_cell_is_the_geometric_mean_of_all_seeds():
    cell = {"method": "one-stage", "beta1": 0.9, "lead": 0.5}
    trials = [{**cell, "seed": seed, "fid": fid} for seed, fid in ((10, 1.0), (11, 4.0))]
    assert "2.00" not in write_table(trials)
    assert "2.00" in write_table([*trials, {**cell, "seed": 12, "fid": 2.0}])


def test_optimism_undoes_the_momentum_before_it_looks_ahead():
    assert [optimism(0.0, 0.5), optimism(0.5, 0.0), optimism(0.9, 0.5)] == [0.5, 1.0, 9.5]
