"""docs/comparison.md and the presets are what the measurements on the disk say."""

import json
from pathlib import Path

import pytest

from onestage.compare import ROWS, write_page
from onestage.training import build_config

ROOT = Path(__file__).parents[3]
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- what onestage compare wrote begins -->", "<!-- and ends -->"
CHOSEN = json.loads((RESULTS / "recipes.json").read_text())["chosen"]


def test_the_page_holds_what_the_record_says():
    text = (ROOT / "docs" / "comparison.md").read_text()
    shown = text.partition(BEGIN)[2].partition(END)[0]
    record = json.loads((RESULTS / "compare-small.json").read_text())
    assert shown.strip() == write_page(record).strip()


def test_the_record_is_of_all_rows_with_paired_seeds():
    record = json.loads((RESULTS / "compare-small.json").read_text())
    seeds = {}
    for found in record["records"]:
        seeds.setdefault((found["preset"], found["method"]), set()).add(found["seed"])
    for row in ROWS:
        assert seeds[row, "one-stage"] == seeds[row, "two-stage-tuned"] >= {0}


@pytest.mark.parametrize("method", ["one-stage", "two-stage-tuned"])
@pytest.mark.parametrize("row", [row for row in ROWS if row != "lsgan"])  # see test_apart.py
def test_a_row_has_the_recipe_that_was_chosen(row, method):
    config = build_config({"preset": row, "scale": "small", "method": method})
    _rule, rate, slower = CHOSEN[f"{row}, {method}"]
    assert config.generator.learning_rate == rate
    assert config.discriminator.learning_rate == pytest.approx(rate / slower)
    beta1, optimism = config.generator.beta1, config.generator.optimism
    assert _rule == rule_of(beta1, optimism)
    assert (config.discriminator.beta1, config.discriminator.optimism) == (beta1, optimism)


def rule_of(beta1, optimism):
    kinds = {0.0: "", 0.5: "half-optimistic ", 1.0: "optimistic ", 9.5: "slow-optimistic "}
    return f"{kinds[optimism]}adam {beta1:g}"


def test_the_bars_are_held_against_the_summary():
    text = (ROOT / "docs" / "comparison.md").read_text().partition(BEGIN)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    shown = {row[0]: row[1:] for row in rows if len(row) == 6 and row[0] in ROWS}
    summary = json.loads((RESULTS / "compare-small.json").read_text())["summary"]
    for found in summary:
        low, ratio = found["equal_time"]["low"], found["equal_steps"]["ratio"]
        assert shown.pop(found["preset"]) == [
            str(len(found["seeds"])),
            f"{'yes' if low <= 1.0 else '**no**'} ({low:.2f})",
            f"{'yes' if ratio <= 1.1 else '**no**'} ({ratio:.2f})",
            *(f"{found['smallest_class'][m]:.1%}" for m in ("one-stage", "two-stage-tuned")),
        ]
    assert not shown
