"""The tables of the page are those of the files that the bench wrote."""

import json
import re
import sys

from tests.doc._snippets import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))

from performance import INDEX, PAGE, filled

RESULTS = ROOT / "benchmarks/results"


def test_the_tables_are_those_of_the_files():
    text = PAGE.read_text()
    assert filled(text) == text
    landing = INDEX.read_text()
    assert "<!-- bench-" in landing
    assert filled(landing) == landing
    assert text.count("<!-- bench-") == text.count("<!-- end -->") >= 8


def test_every_file_says_where_it_comes_from():
    for name in set(re.findall(r"bench-[\w-]+\.json", PAGE.read_text())):
        found = json.loads((RESULTS / name).read_text())
        assert found["rounds"] >= 20
        assert found["machine"]["cpu"]
        assert found["machine"]["load_average"] is not None
        assert found["versions"]["torch"]


def test_the_examples_arithmetic():
    """Bytes of the planned run, from the weights that the file counts."""
    (counted,) = json.loads((RESULTS / "bench-dcgan64-cpu.json").read_text())["parameters"]
    sent = 4 * (counted["generator"] + counted["discriminator"])
    assert f"{sent / 2**20:.1f} MiB of\ngradients" in PAGE.read_text()
    assert round(sent / 1.25e9 * 1e3) == 20
