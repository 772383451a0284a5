"""The figures of the page are those of the record, and the record is of the code as it is."""

import json
import math
import sys

import pytest
from tests.doc._snippets import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

import papers_ratio

RECORD = json.loads(papers_ratio.RESULTS.read_text(encoding="utf-8"))


def test_the_table_is_made_of_the_record():
    text = papers_ratio.PAGE.read_text(encoding="utf-8")
    assert "<!-- papers-ratio -->" in text
    assert papers_ratio.page(text, RECORD) == text


def test_this_library_is_exact_in_every_row():
    assert len(RECORD["rows"]) == len(papers_ratio.LOSSES) * len(papers_ratio.DISCRIMINATORS)
    assert max(row["onestage"] for row in RECORD["rows"]) < 1e-12


@pytest.mark.parametrize("loss", ["nonsaturating", "hinge"])
@pytest.mark.parametrize("discriminator", papers_ratio.DISCRIMINATORS)
def test_a_row_is_measured_as_it_is_written(loss, discriminator):
    (written,) = [
        row
        for row in RECORD["rows"]
        if (row["loss"], row["discriminator"]) == (loss, discriminator)
    ]
    found = papers_ratio.measure(loss, discriminator)
    assert found["strategy"] == written["strategy"]
    assert found["onestage"] < 1e-12
    if math.isnan(written["plain_ratio"]):
        assert math.isnan(found["plain_ratio"])
    else:
        assert found["plain_ratio"] == pytest.approx(written["plain_ratio"], rel=1e-3, abs=1e-12)
