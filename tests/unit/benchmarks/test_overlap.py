"""A link between two processes, and what each scheme sends over it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks/overlap.py"


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Of two processes with small networks."""
    out = tmp_path_factory.mktemp("overlap") / "found.json"
    options = ["--width=2", "--batch=2", "--rounds=3", "--busy", "0.5", "4", f"--out={out}"]
    subprocess.run([sys.executable, SCRIPT, *options], check=True, timeout=240)
    return json.loads(out.read_text())["rows"]


def test_one_stage_sends_each_networks_gradients_once_and_naive_code_ds_twice(rows):
    sent = {row["scheme"]: row["bytes"] for row in rows}
    one = sent["one-stage-ratio"]
    assert sent["two-stage-tuned"] == sent["one-stage-dual"] == one
    assert one < sent["two-stage-naive"] < 2 * one


def test_the_link_takes_the_time_that_its_speed_says(rows):
    """A step cannot end before all that it sends has arrived, be it four times its own length."""
    assert {row["busy"] for row in rows} == {0.0, 0.5, 4.0}
    for row in rows:
        assert row["link_s"] == pytest.approx(row["bytes"] / _speed(rows, row["busy"]))
        assert min(row["times_s"]) >= row["link_s"]


def _speed(rows, busy):
    """Bytes per second of the link that is busy so long with the gradients of one stage."""
    if busy == 0:
        return float("inf")
    (row,) = (r for r in rows if r["scheme"] == "one-stage-ratio" and r["busy"] == busy)
    return row["bytes"] / row["link_s"]
