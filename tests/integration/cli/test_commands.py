"""The command as a person runs it, where it matters in a process of its own."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image
from tests.integration.cli._interpreter import PYTHON

from onestage.cli import main
from onestage.training import latest_checkpoint, load_checkpoint

SMALL = """
batch_size: 8
image_size: 16
threads: 1
log_every: 5
sample_every: 10
checkpoint_every: 10
evaluate_samples: 0
data: {source: photographs, flip: true}
generator: {base_width: 8, latent_dim: 8, learning_rate: 1e-3}
discriminator: {base_width: 8}
"""


def command(*arguments):
    return [*PYTHON, "-m", "onestage", *map(str, arguments)]


def run(*arguments, status=0):
    done = subprocess.run(command(*arguments), capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done


def interrupt(process, folder, number):
    """Send a signal once the run has logged something; its status and error output."""
    metrics = folder / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.stat().st_size):
        time.sleep(0.02)
    process.send_signal(number)
    _, error = process.communicate()
    return process.returncode, error


@pytest.fixture
def here():
    """The command within this process, which starts faster."""
    threads = torch.get_num_threads()
    yield lambda *arguments: main([str(argument) for argument in arguments])
    torch.set_num_threads(threads)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_a_run_from_training_to_samples(tmp_path, config, here, capsys):
    out = tmp_path / "run"
    done = run(
        "train", "--config", config, "--steps", 20, "--generator.learning-rate", 3e-4, "--out", out
    )
    assert f"into {out}\n" in done.stderr
    assert "step 20/20" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    for word in ("speed", "strategy: ratio", str(out), "step-0000020"):
        assert word in done.stdout
    settings = yaml.safe_load((out / "config.yaml").read_text())
    assert settings["generator"]["learning_rate"] == 3e-4  # the command line over the file
    assert settings["batch_size"] == 8  # the file over the recipe
    assert settings["generator"]["beta1"] == 0.5  # the recipe
    records = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records] == [5, 10, 15, 20]
    assert sorted(path.name for path in (out / "samples").iterdir()) == [
        "step-0000010.png",
        "step-0000020.png",
    ]

    moved = tmp_path / "elsewhere" / "run"
    shutil.copytree(out, moved)
    shutil.rmtree(out)
    grid = tmp_path / "grid.png"
    run("sample", moved, "--count", 6, "--out", grid, "--seed", 3)
    with Image.open(grid) as image:
        assert image.mode == "RGB"
    capsys.readouterr()
    assert here("evaluate", moved, "--samples", 40, "--json") == 0
    (record,) = json.loads(capsys.readouterr().out)
    assert record.pop("run") == str(moved)
    assert (record["step"], record["num_samples"]) == (20, 40)
    assert json.loads((moved / "evaluations.jsonl").read_text()) == record


@pytest.mark.parametrize(
    ("number", "status", "method"),
    [(signal.SIGINT, 130, "one-stage"), (signal.SIGTERM, 143, "two-stage-tuned")],
)
def test_an_interrupted_run_ends_where_an_uninterrupted_one_ends(
    tmp_path, config, here, capsys, number, status, method
):
    part, whole = tmp_path / "part", tmp_path / "whole"
    base = ["train", "--config", config, "--method", method]
    process = subprocess.Popen(
        command(*base, "--steps", 100_000, "--out", part),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ended, said = interrupt(process, part, number)
    assert ended == status
    assert said.splitlines()[0].startswith(method)
    assert "onestage:" not in said
    done = load_checkpoint(latest_checkpoint(part / "checkpoints")).step
    total = done + 7
    assert here("train", "--resume", part, "--steps", total) == 0
    assert here(*base, "--steps", total, "--out", whole) == 0
    first, second = (
        load_checkpoint(latest_checkpoint(folder / "checkpoints")) for folder in (part, whole)
    )
    assert first.step == second.step == total
    for name, weights in second.state.weights.items():
        for key, value in weights.items():
            assert torch.equal(first.state.weights[name][key], value), (name, key)
    steps = [json.loads(line)["step"] for line in (part / "metrics.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))
    capsys.readouterr()
    assert here("train", "--resume", part) == 2
    assert f"has done its {total} steps" in capsys.readouterr().err


def test_the_run_folder_that_exists_is_left_alone(tmp_path, config):
    out = tmp_path / "run"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    done = run("train", "--config", config, "--out", out, status=2)
    assert done.stderr.count("\n") == 1
    assert [path.name for path in Path(out).iterdir()] == ["mine.txt"]


def test_without_a_folder_the_run_gets_one(tmp_path, config, here, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert here("train", "--config", config, "--steps", 2) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.startswith("photographs-")
    again = tmp_path / "again"
    assert here("train", "--config", folder / "config.yaml", "--out", again) == 0
    first, second = (
        load_checkpoint(latest_checkpoint(path / "checkpoints")).state.weights["generator"]
        for path in (folder, again)
    )
    assert all(torch.equal(first[key], second[key]) for key in first)
