"""The chapter on data: its code runs, its figures are those of the benchmark."""

import json

from tests.doc._snippets import ROOT, blocks

PAGE = "docs/data.md"


def test_the_python_blocks_run_in_order(tmp_path):
    names = {"root": tmp_path}
    for code in blocks(PAGE, "python"):
        exec(compile(code, PAGE, "exec"), names)
    assert len(names["again"]) == 8


def test_the_figures_are_the_benchmarks():
    record = json.loads((ROOT / "benchmarks/results/loading.json").read_text())
    page = (ROOT / PAGE).read_text()
    for name, ratio in record["ratios_to_training"].items():
        assert f"| {record['medians'][name]:,.0f} | {ratio:.1f} |" in page
    assert f"| {record['medians']['training']:,.0f} | 1 |" in page
