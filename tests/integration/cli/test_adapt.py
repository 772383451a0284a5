"""`onestage adapt` as a person runs it."""

import json
import shutil

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from onestage.apps.distillation import build_distillation_config
from onestage.cli import main
from onestage.training import RunFolder, build_config, latest_checkpoint, load_checkpoint

SMALL = ("--steps", 8, "--batch-size", 8, "--base-width", 4, "--threads", 1, "--log-every", 2)
OFTEN = ("--evaluate-every", 4, "--evaluate-samples", 40, "--checkpoint-every", 4)


@pytest.fixture
def adapt(capsys):
    """The command within this process: status, output, error output."""
    threads = torch.get_num_threads()

    def run(*arguments):
        status = main(["adapt", *map(str, arguments)])
        told = capsys.readouterr()
        return status, told.out, told.err

    yield run
    torch.set_num_threads(threads)


def records(run):
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def weights(run):
    state = load_checkpoint(latest_checkpoint(run / "checkpoints")).state
    return {(name, key): v for name, w in state.weights.items() for key, v in w.items()}


def folder(path, classes, count=10):
    random = np.random.default_rng(0)
    for name in classes:
        (path / name).mkdir(parents=True)
        for number in range(count):
            pixels = random.integers(0, 255, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(path / name / f"{number}.png")
    return path


def test_the_digits_pair_leaves_a_run_behind(adapt, tmp_path):
    status, out, _ = adapt("--out", tmp_path / "run", *SMALL, *OFTEN)
    assert status == 0
    for told in ("target accuracy", "source only", "domain accuracy (0.5 is aligned)"):
        assert told in out
    found = records(tmp_path / "run")
    assert {"domain_accuracy", "source_accuracy"} <= set(found[0])
    evaluations = [record["metrics"] for record in found if "metrics" in record]
    assert [record["step"] for record in found if "metrics" in record] == [4, 8]
    assert {"target_accuracy", "source_accuracy", "domain_accuracy"} <= set(evaluations[-1])
    with Image.open(tmp_path / "run" / "samples" / "step-0000008.png") as picture:
        assert picture.width == 840
    assert "reversal" in (tmp_path / "run" / "strategy.txt").read_text()
    page = (tmp_path / "run" / "report.html").read_text()
    assert str(tmp_path / "run" / "report.html") in out
    for told in ("Samples", "domain accuracy", "reversal"):
        assert told in page
    text = (tmp_path / "run" / "config.yaml").read_text()
    assert "onestage adapt --config" in text
    assert yaml.safe_load(text)["objective"] == "reversal"


def test_a_run_that_is_gone_on_with_ends_where_an_uninterrupted_one_ends(adapt, tmp_path):
    whole, half = tmp_path / "whole", tmp_path / "half"
    options = (*SMALL, *OFTEN, "--objective", "swapped-labels", "--conditional", "cdan")
    assert adapt("--out", whole, *options)[0] == 0
    shutil.copytree(whole, half)
    shutil.rmtree(half / "checkpoints" / "step-0000008")
    assert adapt("--resume", half)[0] == 0
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(half)[name])
    ours, theirs = ([r.get("metrics") for r in records(run)] for run in (whole, half))
    assert ours == theirs


def test_two_folders(adapt, tmp_path):
    source, target = folder(tmp_path / "a", "xy"), folder(tmp_path / "b", ["unsorted"], 20)
    refused = adapt("--source", source, "--target", target, "--out", tmp_path / "run", *SMALL)
    assert refused[0] == 2
    assert "--no-target-labels" in refused[2]
    status, out, _ = adapt(
        "--source", source, "--target", target, "--no-target-labels", *SMALL,
        *("--image-size", 16, "--no-control", "--out", tmp_path / "run"),
    )  # fmt: skip
    assert status == 0
    assert "source accuracy" in out
    assert "target accuracy" not in out


def test_a_run_goes_on_from_another_folder(adapt, tmp_path, monkeypatch):
    folder(tmp_path / "a", "xy")
    folder(tmp_path / "b", "xy")
    monkeypatch.chdir(tmp_path)
    options = (*SMALL, "--image-size", 16, "--no-control", "--checkpoint-every", 4)
    assert adapt("--source", "a", "--target", "b", "--out", "run", *options)[0] == 0
    shutil.rmtree(tmp_path / "run" / "checkpoints" / "step-0000008")
    monkeypatch.chdir(tmp_path / "a")
    assert adapt("--resume", "../run")[0] == 0


def test_a_config_file_gives_the_same_run(adapt, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    assert adapt("--out", first, *SMALL)[0] == 0
    assert adapt("--out", second, "--config", first / "config.yaml")[0] == 0
    for name, tensor in weights(first).items():
        assert torch.equal(tensor, weights(second)[name])


def test_collapse_ends_the_run_when_asked(adapt, tmp_path):
    """An adversary that weighs so much that what little was learnt at first is lost."""
    rates = ("--learning-rate", 0.01, "--discriminator-learning-rate", 0.01, "--weight", 100)
    often = ("--evaluate-every", 4, "--evaluate-samples", 100, "--steps", 40)
    small = ("--batch-size", 32, "--base-width", 8, "--threads", 1, "--no-control")
    options = (*rates, *often, *small, "--stop-on-collapse")
    status, out, _ = adapt("--out", tmp_path / "run", *options)
    assert status == 1
    assert "The classes fell apart by step" in out
    last = records(tmp_path / "run")[-1]
    assert last["metrics"]["collapsed"]
    assert last["step"] < 40
    assert latest_checkpoint(tmp_path / "run" / "checkpoints").name == f"step-{last['step']:07d}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--objective", "dann"], "objective"),
        (["--target", "nowhere"], "nowhere does not exist"),
        (["--classes", 12], "classes is 12, and the source digits has 10"),
        (["--objective", "wasserstein"], "--gradient-penalty 10"),
        (["--resume", "nowhere"], "is not the folder of a run"),
        (["--resume", "x", "--config", "y"], "--resume goes on in the run's own folder"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(adapt, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    status, _, error = adapt(*arguments)
    assert status == 2
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_run_keeps_what_it_learns(adapt, tmp_path):
    run = tmp_path / "run"
    adapt("--out", run, *SMALL)
    status, _, error = adapt("--resume", run, "--weight", 0.5)
    assert status == 2
    assert "--weight cannot change from 0.3 to 0.5 within a run" in error
    assert adapt("--resume", run)[0] == 2  # it is done
    assert adapt("--out", run)[0] == 2  # and left alone


def test_it_is_no_run_of_train(adapt, tmp_path, capsys):
    adapt("--out", tmp_path / "run", *SMALL)
    for command in (["sample"], ["evaluate"], ["export", "--to", "onnx"], ["train", "--resume"]):
        assert main([*command, str(tmp_path / "run")]) == 2
        error = capsys.readouterr().err
        assert "run is a run of onestage adapt; give one of onestage train." in error


def test_a_run_of_train_or_distill_is_named_as_such(adapt, tmp_path):
    RunFolder.create(tmp_path / "train", build_config())
    RunFolder.create(tmp_path / "distill", build_distillation_config(), "distill")
    for name in ("train", "distill"):
        status, _, error = adapt("--resume", tmp_path / name)
        assert status == 2
        assert f"{name} is a run of onestage {name}; give one of onestage adapt." in error
        assert not (tmp_path / name / ".lock").exists()
