"""`onestage evaluate`: one run, several, records, and what it refuses."""

import json
import re
import shutil
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from onestage.cli import main
from onestage.metrics import load_digits_classifier
from onestage.metrics._cache import find_cache

SMALL = """
steps: 4
batch_size: 8
image_size: 16
threads: 1
log_every: 2
sample_every: 4
checkpoint_every: 4
evaluate_samples: 0
data: {source: %s}
generator: {base_width: 8, latent_dim: 8}
discriminator: {base_width: 8}
"""


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of this module's own: features of its images are of no use to anybody."""
    load_digits_classifier()  # into the usual place, from where it is copied
    usual, cache = find_cache(None), tmp_path_factory.mktemp("cache")
    for file in usual.glob("digits-classifier-*"):
        shutil.copy(file, cache)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONESTAGE_CACHE", str(cache))
        yield cache


@pytest.fixture(scope="module")
def runs(cache, tmp_path_factory):
    """Two runs on digits and one on a folder of noise, of four steps."""
    place, threads = tmp_path_factory.mktemp("runs"), torch.get_num_threads()
    (place / "noise").mkdir()
    for number in range(200):
        pixels = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / "noise" / f"{number:03}.png")
    sources = {"one": "digits", "two": "digits", "other": place / "noise"}
    for seed, (name, source) in enumerate(sources.items()):
        config = place / f"{name}.yaml"
        config.write_text(SMALL % source)
        arguments = ["--config", config, "--out", place / name, "--seed", seed]
        assert main(["train", *map(str, arguments)]) == 0
    torch.set_num_threads(threads)
    return place


@pytest.fixture
def here(runs, monkeypatch, capsys):
    """Runs the command among the runs: status, output and errors."""
    monkeypatch.chdir(runs)
    capsys.readouterr()

    def run(*arguments):
        status = main(["evaluate", *map(str, arguments)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def as_on_a_terminal(monkeypatch):
    """Call it within the test: pytest puts another stdout in place when the test begins."""

    def pretend():
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    return pretend


def _last(path):
    return json.loads(path.read_text().splitlines()[-1])


def test_one_run_gives_its_record(here, runs):
    status, out, err = here("one", "--samples", 80, "--json")
    (record,) = json.loads(out)
    assert (status, err, record.pop("run")) == (0, "", "one")
    assert (record["step"], record["num_samples"], record["num_features"]) == (4, 80, 64)
    assert 0 <= record["coverage"] <= 1
    assert _last(runs / "one" / "evaluations.jsonl") == record


def test_several_runs_give_a_record_each(here, runs):
    status, out, _ = here("one", "two", "--samples", 80, "--json")
    first, second = json.loads(out)
    assert status == 0
    assert (first.pop("run"), second.pop("run")) == ("one", "two")
    assert first["fid"] != second["fid"]
    assert _last(runs / "two" / "evaluations.jsonl") == second


def test_side_by_side_on_a_terminal(here, as_on_a_terminal):
    as_on_a_terminal()
    status, out, _ = here("one", "two", "--samples", 80)
    assert status == 0
    header = next(line for line in out.splitlines() if "one, step 4" in line)
    assert "two, step 4" in header
    rows = dict(line.split(maxsplit=1) for line in out.splitlines() if len(line.split()) == 3)
    assert {"fid", "kid", "precision", "recall", "density", "coverage"} <= set(rows)
    assert all(float(value) >= 0 for value in rows["fid"].split())
    assert "num modes" not in out
    assert "80 samples against 1,797 of digits; features: digits-classifier" in out


def test_side_by_side_in_a_pipe(here):
    status, out, _ = here("one", "two", "--samples", 80)
    header, *rows, how = out.splitlines()
    assert status == 0
    assert header == "\tone, step 4\ttwo, step 4"
    assert [len(row.split("\t")) for row in rows] == [3] * len(rows)
    assert float(dict(row.split("\t", 1) for row in rows)["fid"].split("\t")[1]) >= 0
    assert how == "80 samples against 1,797 of digits; features: digits-classifier"


def test_json_on_a_terminal(here, as_on_a_terminal):
    as_on_a_terminal()
    _, out, _ = here("one", "--samples", 80, "--json")
    assert json.loads(out)[0]["num_samples"] == 80


def test_runs_of_other_data_are_not_compared(here):
    status, out, err = here("one", "other", "--samples", 80)
    assert (status, out) == (2, "")
    assert err.startswith("onestage: one and other cannot be compared: they were measured with ")
    assert "different feature networks (digits-classifier and pixels-8x8)" in err
    assert err.count("\n") == 1


def test_the_same_features_do_not_make_the_same_images(here):
    status, _, err = here("one", "other", "--samples", 80, "--features", "pixels")
    assert status == 2
    assert "different numbers of features (64 and 192)" in err


def test_features_of_ones_own(here, runs, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (runs / "features_for_evaluate.py").write_text(
        "from torch import nn\n\ndef build():\n    return nn.Flatten()\n"
    )
    status, out, err = here(
        "one", "--samples", 80, "--features", "features_for_evaluate:build", "--json"
    )
    assert status == 0
    assert json.loads(out)[0]["num_features"] == 256
    assert err.startswith("onestage: warning: fid is of 80 generated images with 256 features")
    assert err.count("\n") == 1


def test_points_have_modes(here, runs, as_on_a_terminal):
    arguments = ["--data.source", "ring", "--networks", "mlp", "--steps", 2, "--batch-size", 8]
    arguments += ["--evaluate-samples", 0, "--threads", 1, "--out", runs / "ring"]
    assert main(["train", *map(str, arguments)]) == 0
    assert here("ring", "--samples", 100, "--features", "pixels")[0] == 2
    assert here("ring", "one", "--samples", 100)[0] == 2
    as_on_a_terminal()
    status, out, _ = here("ring", "--samples", 100)
    assert status == 0
    rows = re.findall(r"^ +(fid|kid|precision|num modes|good share) ", out, re.MULTILINE)
    assert rows == ["fid", "num modes", "good share"]
    assert "100 samples against 20,000 of ring" in out


def test_a_record_stands_beside_a_run(here, runs):
    _, first, _ = here("one", "--samples", 80, "--json")
    (runs / "published.json").write_text(json.dumps(json.loads(first), indent=2))
    others = ("published.json", "one/evaluations.jsonl")
    status, out, _ = here("two", *others, "--samples", 80, "--json")
    assert status == 0
    records = json.loads(out)
    assert [record["run"] for record in records] == [
        "two",
        "published.json",
        "one/evaluations.jsonl",
    ]
    assert records[1]["fid"] == records[2]["fid"] == json.loads(first)[0]["fid"]


def test_a_record_that_was_measured_otherwise(here, runs):
    here("one", "--samples", 81)
    status, _, err = here("two", "one/evaluations.jsonl", "--samples", 80)
    assert status == 2
    assert "different numbers of samples (80 and 81)" in err


def test_a_record_of_a_training_run_of_old(here, runs):
    _, out, _ = here("one", "--samples", 80, "--json")
    (metrics,) = json.loads(out)
    step = metrics.pop("step")
    old = {name: value for name, value in metrics.items() if name != "smallest_class"}
    old["coverage"] = 0.07
    (runs / "old.jsonl").write_text(json.dumps({"step": step, "metrics": old, "seconds": 1.0}))
    _, out, _ = here("old.jsonl", "--json")
    (found,) = json.loads(out)
    assert (found["step"], found["smallest_class"], found.get("coverage")) == (4, 0.07, None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "evaluate needs RUN"),
        ("one one", "one is given twice"),
        ("one nowhere", "nowhere is not the folder of a run"),
        ("one.yaml", "one.yaml holds no record of metrics"),
        ("one --features nothing", "features 'nothing' are unknown"),
        ("nowhere", "nowhere is not the folder of a run"),
    ],
)
def test_it_refuses(here, arguments, message):
    status, out, err = here(*arguments.split())
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_inception_offline_says_what_to_fetch(here, monkeypatch, tmp_path):
    monkeypatch.setenv("ONESTAGE_CACHE", str(tmp_path))
    monkeypatch.delenv("ONESTAGE_INCEPTION", raising=False)
    closed = "http://127.0.0.1:9/weights.pth"
    monkeypatch.setattr("onestage.metrics._inception_weights.URL", closed)
    status, out, err = here("one", "--features", "inception")
    assert (status, out) == (1, "")
    assert closed in err
    assert str(tmp_path / "weights.pth") in err
    assert err.count("\n") == 1
