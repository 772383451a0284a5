"""`onestage compare`: from the command to its files, stopped and gone on with, and refused."""

import json
import subprocess
import sys
import time

import pytest
import torch

from onestage.cli import main

TINY = [
    *("--methods", "one-stage,two-stage-tuned", "--steps", "8", "--batch-size", "4"),
    *("--samples", "60", "--features", "pixels"),
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)


def read(folder):
    return json.loads((folder / "compare.json").read_text())


def test_a_comparison_from_the_command_to_its_files(here, capsys):
    assert main(["compare", "--preset", "lsgan,wgan", "--seeds", "2", *TINY]) == 0
    shown, progress = capsys.readouterr()
    folder = here / "runs" / "compare-smoke"
    found = read(folder)
    keys = [(r["preset"], r["seed"], r["method"]) for r in found["records"]]
    methods = ("one-stage", "two-stage-tuned")
    assert keys == [(p, s, m) for p in ("lsgan", "wgan") for s in (0, 1) for m in methods]
    for row in found["summary"]:
        for when in ("equal_steps", "equal_time"):
            assert row[when]["low"] <= row[when]["ratio"] <= row[when]["high"]
        assert row["allowed_speed_up"] > 1.1
        assert row["paper"]["CelebA"]["one_stage"] > 0
    assert "[4/4] wgan, seed 1" in progress
    text = (folder / "compare.md").read_text()
    assert text.partition("## How to read it")[0].strip() in shown
    assert "CelebA 23.00 -> 19.31" in text
    assert "lsgan" in (folder / "report.html").read_text()


def test_what_is_done_is_not_done_again_and_one_seed_has_no_interval(here, capsys):
    arguments = ["compare", "--preset", "lsgan", "--seeds", "1", *TINY]
    assert main(arguments) == 0
    before = read(here / "runs" / "compare-smoke")
    text = (here / "runs" / "compare-smoke" / "compare.md").read_text()
    assert before["summary"][0]["equal_steps"]["low"] is None
    assert " to " not in text.partition("CelebA")[0]
    warning = "their covariance is singular"
    assert capsys.readouterr().err.count(warning) == text.count(warning) == 1
    assert (here / "runs" / "compare-smoke" / "report.html").read_text().count(warning) == 1
    assert main(arguments) == 0
    assert "1 of 1 are done already" in capsys.readouterr().err
    assert read(here / "runs" / "compare-smoke") == before


def test_a_comparison_that_was_killed_is_gone_on_with(here):
    arguments = [sys.executable, "-m", "onestage", "compare", "--out", "out"]
    arguments += ["--preset", "lsgan", "--seeds", "3", *TINY]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    path = here / "out" / "compare.json"
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    before = read(here / "out")["records"]
    assert 2 <= len(before) < 6
    assert main(arguments[3:]) == 0
    after = read(here / "out")["records"]
    assert after[: len(before)] == before
    assert [r["seed"] for r in after] == [0, 0, 1, 1, 2, 2]


@pytest.mark.slow
def test_two_at_a_time_find_what_one_finds(here):
    for jobs in ("1", "2"):
        arguments = ["compare", "--preset", "lsgan", "--seeds", "2", "--jobs", jobs, "--out", jobs]
        assert main([*arguments, *TINY]) == 0
    one, two = (read(here / jobs)["records"] for jobs in ("1", "2"))
    assert [r["metrics"]["fid"] for r in one] == [r["metrics"]["fid"] for r in two]


@pytest.mark.slow
def test_processes_end_with_the_one_that_waits_for_them(here):
    arguments = [sys.executable, "-m", "onestage", "compare", "--out", "out", "--jobs", "2"]
    arguments += ["--preset", "lsgan", "--seeds", "40", *TINY]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, start_new_session=True)
    while not (here / "out" / "compare.json").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    for _ in range(600):
        found = subprocess.run(["ps", "-s", str(process.pid), "-o", "pid="], capture_output=True)
        if not found.stdout.split():
            return
        time.sleep(0.1)
    pytest.fail("Its processes outlived it by a minute.")


@pytest.fixture
def folders(here):
    from PIL import Image

    (here / "images").mkdir()
    for number in range(8):
        Image.new("L", (16, 16), number).save(here / "images" / f"{number}.png")
    (here / "taken").mkdir()
    (here / "taken" / "mine.txt").write_text("mine")
    return here


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--preset lsgam", "There is no preset 'lsgam'. Did you mean lsgan?"),
        ("--preset lsgan,wgam", "There is no preset 'wgam'. Did you mean wgan?"),
        ("--preset lsgan --scale full", "The preset lsgan needs images: --data.source FOLDER"),
        ("--preset cgan --data.source images", "has no labels, and data.condition is 'label'"),
        ("--preset lsgan,cgan --data.source images", "has no labels"),
        ("--preset lsgan --data.source nowhere", "nowhere does not exist"),
        ("--preset lsgan --methods one-stage", "it must have one-stage and what it is held agai"),
        ("--preset lsgan --seeds 0", "--seeds is 0"),
        ("--preset lsgan --jobs 0", "--jobs is 0"),
        ("--preset lsgan --scale tiny", "--scale"),
        ("--preset lsgan --config none.yaml", "There is no config file none.yaml"),
        ("--preset lsgan --out taken", "taken holds something else"),
    ],
)
def test_what_a_person_may_get_wrong_is_one_line(folders, capsys, arguments, message):
    before = sorted(folders.rglob("*"))
    assert main(["compare", *arguments.split()]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert sorted(folders.rglob("*")) == before


def test_a_changed_option_is_refused_with_the_difference(here, capsys):
    arguments = ["compare", "--preset", "lsgan", "--seeds", "1", *TINY]
    assert main(arguments) == 0
    capsys.readouterr()
    assert main([*arguments, "--device", "cpu"]) == 2
    error = capsys.readouterr().err
    assert "settings.device None, and now it is cpu" in error
    assert error.count("\n") == 1
