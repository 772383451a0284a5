"""docs/exactness.md is what the last run wrote, from the record that lies beside it."""

import json
import re
import sys

from tests.doc._snippets import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

RECORD = json.loads((ROOT / "benchmarks/results/exactness.json").read_text())
PAGE = (ROOT / "docs/exactness.md").read_text()


def test_the_page_is_made_of_the_record():
    from _exactness.report import write_page

    assert write_page(RECORD) == PAGE


def test_every_row_was_exact():
    assert RECORD["failures"] == []
    errors = [cell["error"] for cell in RECORD["cells"]]
    assert max(errors) == RECORD["worst"]["error"] <= RECORD["tolerance"] == 1e-12


def test_the_record_is_of_the_matrix_as_it_is():
    from _exactness.rows import matrix

    rows = matrix()
    assert RECORD["rows"] == len(rows) == sum(cell["rows"] for cell in RECORD["cells"])
    cells = {(cell["loss"], cell["network"]) for cell in RECORD["cells"]}
    assert cells == {(row.loss, row.network) for row in rows}


def test_the_figures_of_the_table_are_those_of_the_cells():
    lines = [line for line in PAGE.splitlines() if re.match(r"\| (hinge|f_gan) ", line)]
    for loss, line in zip(("hinge", "f_gan"), lines, strict=True):
        shown = [float(figure) for figure in line.strip("| ").split(" | ")[1:]]
        worst = max(c["error"] for c in RECORD["cells"] if c["loss"].split()[0] == loss)
        assert max(shown) == float(f"{worst:.0e}")
