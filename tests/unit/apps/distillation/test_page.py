"""The page's tables are those of the benchmark's files."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[4]


def test_the_tables_are_made_from_the_files():
    place = ROOT / "benchmarks" / "distillation.py"
    spec = importlib.util.spec_from_file_location("benchmarks_distillation", place)
    assert spec is not None and spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    page = (ROOT / "docs" / "distillation.md").read_text()
    assert page == benchmark.with_tables(page, ROOT / "benchmarks" / "results")
    assert page.count("two-stage-tuned") >= 3
