"""The page of domain adaptation has the figures that the benchmark wrote."""

import importlib.util
import json
import re

import pytest
from tests.doc._snippets import ROOT

SCRIPT = ROOT / "benchmarks" / "adaptation.py"


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("adaptation_script", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_the_results(script):
    text = script.PAGE.read_text(encoding="utf-8")
    record = json.loads(script.RESULTS.read_text(encoding="utf-8"))
    assert script.page(text, record) == text, "run python benchmarks/adaptation.py --page"


def test_the_results_are_of_the_rows_and_seeds_that_the_script_has(script):
    record = json.loads(script.RESULTS.read_text(encoding="utf-8"))
    assert set(record["rows"]) == set(script.ROWS)
    for runs in record["rows"].values():
        assert tuple(run["seed"] for run in runs) == script.SEEDS


def test_the_page_says_how_the_task_was_chosen(script):
    text = " ".join(script.PAGE.read_text(encoding="utf-8").split())
    assert "The task was chosen by looking at the target's accuracy, with its labels known" in text


def test_the_settings_on_the_page_are_those_of_the_results(script):
    text = " ".join(script.PAGE.read_text(encoding="utf-8").split())
    settings = json.loads(script.RESULTS.read_text(encoding="utf-8"))["settings"]
    steps, batch, weight = re.search(
        r"(\d+) steps of (\d+) \+ \2 images.*?growing to ([\d.]+)\.", text
    ).groups()
    assert (int(steps), int(batch), float(weight)) == (
        settings["steps"],
        settings["batch_size"],
        settings["weight"],
    )
