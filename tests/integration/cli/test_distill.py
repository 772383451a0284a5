"""`onestage distill`, from the options to the folder, with controls, stops and resumption."""

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from onestage.apps.distillation import build_distillation_config
from onestage.apps.distillation._networks import build_classifier
from onestage.cli import _distill_runs as runs
from onestage.cli import main
from onestage.training import (
    ConfigError,
    LockError,
    RunError,
    RunFolder,
    StopRequest,
    build_config,
    list_checkpoints,
    load_checkpoint,
    locked,
)

SETTINGS = {
    "batch_size": 8,
    "steps": 4,
    "student_steps": 2,
    "evaluate_samples": 16,
    "evaluate_every": 2,
    "checkpoint_every": 1,
    "log_every": 1,
    "threads": 1,
}


@pytest.fixture
def teacher(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "teacher.safetensors"
    save_file(build_classifier("digits", 1, 10).state_dict(), path)
    return str(path)


def config(teacher, **settings):
    return build_distillation_config({**SETTINGS, "teacher": teacher, **settings})


def play(given, path):
    with StopRequest() as stop:
        return list(runs.play_all(given, path, stop))


def test_a_run_and_its_controls_leave_all_that_was_asked_for(teacher, tmp_path):
    given, out = config(teacher, controls="noise,two-stage-tuned"), tmp_path / "run"
    runs.start(given, out)
    plays = play(given, out)
    assert [x.method for x in plays] == ["one-stage", "noise", "two-stage-tuned"]
    for folder in (out, out / "controls" / "noise", out / "controls" / "two-stage-tuned"):
        records = [json.loads(x) for x in (folder / "metrics.jsonl").read_text().splitlines()]
        assert [r["step"] for r in records if "student_loss" in r] == [1, 2, 3, 4]
        assert {"accuracy", "agreement", "diversity"} <= set(records[-1]["metrics"])
        assert (folder / "samples" / "step-0000004.png").is_file()
        assert (folder / "strategy.txt").read_text()
    assert "reversal" in (out / "strategy.txt").read_text()
    assert (out / "report.html").read_text().startswith("<!doctype html")
    again = play(given, out)
    assert [x.outcome for x in again] == [None, None, None]
    assert again[1].metrics == plays[1].metrics


def test_a_run_that_was_stopped_goes_on_bit_for_bit(teacher, tmp_path):
    given = config(teacher)
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for path in (whole, parts):
        runs.start(given, path)
    play(given, whole)
    with StopRequest() as stop:
        stop.signal = 15
        list(runs.play_all(given, parts, stop))  # saves before its first step
    resumed = runs.resumed(parts, {"controls": "noise"})
    assert [x.method for x in play(resumed, parts)] == ["one-stage", "noise"]
    a, b = (load_checkpoint(x / "checkpoints" / "step-0000004").state for x in (whole, parts))
    for name, weights in a.weights["student"].items():
        assert torch.equal(weights, b.weights["student"][name])


def test_a_run_goes_on_from_another_folder(teacher, tmp_path, monkeypatch):
    for label in range(10):
        (tmp_path / "images" / str(label)).mkdir(parents=True)
        Image.new("L", (16, 16), 25 * label).save(tmp_path / "images" / str(label) / "0.png")
    monkeypatch.chdir(tmp_path)
    runs.start(config(teacher, data="images", controls="data", train_data="images"), Path("run"))
    monkeypatch.chdir(tmp_path / "images")
    plays = play(runs.resumed(tmp_path / "run", {}), tmp_path / "run")
    assert [x.metrics["num_images"] for x in plays] == [10, 10]


def test_a_damaged_checkpoint_is_passed_over(teacher, tmp_path):
    given, out = config(teacher), tmp_path / "run"
    runs.start(given, out)
    play(given, out)
    checkpoints = out / "checkpoints"
    assert [x.name for x in list_checkpoints(checkpoints)] == ["step-0000003", "step-0000004"]
    (checkpoints / "step-0000004").rename(checkpoints / "step-0000002")
    (checkpoints / "step-0000003" / "state.pt").write_bytes(b"")
    (again,) = play(given, out)
    assert again.outcome is not None and again.outcome.steps == 4


def test_one_process_at_a_time(teacher, tmp_path):
    given, out = config(teacher), tmp_path / "run"
    runs.start(given, out)
    with locked(out), pytest.raises(LockError, match="is in use by process"):
        play(given, out)


def test_what_would_make_it_another_run_is_refused(teacher, tmp_path):
    out = tmp_path / "run"
    runs.start(config(teacher), out)
    with pytest.raises(ConfigError, match=r"--student-steps cannot change from 2 to 3"):
        runs.resumed(out, {"student_steps": 3})
    with pytest.raises(RunError, match="exists already"):
        runs.start(config(teacher), out)
    with pytest.raises(RunError, match=r"no config\.yaml"):
        runs.resumed(tmp_path, {})
    RunFolder.create(tmp_path / "other", build_config())
    with pytest.raises(RunError, match="a run of onestage train; give one of onestage distill"):
        runs.resumed(tmp_path / "other", {})


def test_a_teacher_that_does_not_fit_leaves_no_folder(teacher, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(ConfigError, match="do not fit the network digits-bn"):
        runs.start(config(teacher, teacher_network="digits-bn"), out)
    with pytest.raises(ConfigError, match="There is no file"):
        runs.start(config(str(tmp_path / "nothing.pt")), out)
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(ConfigError, match="holds no state dict"):
        runs.start(config(str(tmp_path / "list.pt")), out)
    assert not out.exists()


def test_the_command_prints_what_came_out(teacher, tmp_path, capsys):
    words = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
    out = tmp_path / "run"
    command = ["distill", *words, "--teacher", teacher, "--controls", "data", "--out", str(out)]
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "agreement" in printed and "class balance" in printed and "controls" in printed
    assert (out / "config.yaml").read_text().startswith("# Everything")
    assert main(["distill", "--resume", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [method["method"] for method in found["methods"]] == ["one-stage", "data"]
    assert found["methods"][0]["metrics"]["accuracy"] >= 0


@pytest.mark.slow
def test_without_options_the_digits_are_distilled(tmp_path):
    given = build_distillation_config({"threads": 1, "controls": "noise"})
    runs.start(given, tmp_path / "run")
    one, noise = (x.metrics for x in play(given, tmp_path / "run"))
    assert one is not None and noise is not None
    assert one["accuracy"] >= 0.9 and one["diversity"] > 0.3
