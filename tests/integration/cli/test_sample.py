"""Pictures of a run by the command."""

import json

import pytest
import torch
from PIL import Image

from onestage.apps import load_trained
from onestage.apps.gan import Selection
from onestage.cli import main
from onestage.report import write_grid
from onestage.training import RunFolder

_TRAIN = "--steps 2 --batch-size 8 --threads 1 --evaluate-samples 0 --sample-every 0"
_LABELS = "--networks cgan --data.condition label --generator.base-width 8"
_HALVES = "--networks pix2pix --data.condition top-half --generator.base-width 8"
_POINTS = "--data.source ring"


def command(*arguments):
    return main([str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    threads = torch.get_num_threads()
    folder = tmp_path_factory.mktemp("runs")
    for name, options in {"labels": _LABELS, "halves": _HALVES, "points": _POINTS}.items():
        assert command("train", *f"{_TRAIN} {options}".split(), "--out", folder / name) == 0
    yield folder
    torch.set_num_threads(threads)


@pytest.mark.parametrize(
    ("options", "selection", "columns"),
    [
        ("", Selection(count=64, seed=0), 10),
        ("--seed 4 --count 7 --classes 3,7", Selection(count=7, seed=4, classes=(3, 7)), 8),
        ("--interpolate 5", Selection(seed=0, steps=5), 5),
        (
            "--interpolate 4 --count 3 --classes 2 --truncation 0.5",
            Selection(count=3, seed=0, steps=4, classes=(2,), truncation=0.5),
            4,
        ),
    ],
)
def test_the_picture_is_of_what_was_asked_for(runs, tmp_path, capsys, options, selection, columns):
    out = tmp_path / "grid.png"
    capsys.readouterr()
    assert command("sample", runs / "labels", "--out", out, "--json", *options.split()) == 0
    trained = load_trained(RunFolder.open(runs / "labels"))
    images = trained.task.samples(trained.generator, selection)
    assert json.loads(capsys.readouterr().out)["samples"] == len(images)
    write_grid(images, tmp_path / "expected.png", columns=columns)
    assert out.read_bytes() == (tmp_path / "expected.png").read_bytes()


def test_truncated_points(runs, tmp_path):
    for name, options in {"all": [], "near": ["--truncation", "0.1"]}.items():
        assert command("sample", runs / "points", "--out", tmp_path / f"{name}.png", *options) == 0
    with Image.open(tmp_path / "all.png") as whole, Image.open(tmp_path / "near.png") as near:
        assert whole.size == near.size
        assert whole.tobytes() != near.tobytes()


@pytest.mark.parametrize("name", ["s1.jpg", "s1", "s1.png.tif"])
def test_a_picture_is_a_png(runs, tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    for words in (("sample", runs / "labels"), ("data", "inspect", "digits")):
        assert command(*words, "--out", name) == 2
        told = capsys.readouterr().err
        assert (
            told == f"onestage: --out is {name}: pictures are PNG files; give a name that ends "
            "in .png.\n"
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("run", "options", "message"),
    [
        (
            "labels",
            "--classes 10",
            "--classes has 10, and the classes of this generator are 0 to 9",
        ),
        ("labels", "--classes three", "--classes has 'three', which is none of the 10 classes"),
        ("labels", "--truncation 0", "--truncation is 0.0: it must be above 0"),
        ("labels", "--interpolate 1", "--interpolate is 1: it must be at least 2"),
        ("halves", "--interpolate 3", "this generator translates images"),
        ("halves", "--classes 3", "this generator translates images"),
        ("points", "--interpolate 3", "points are shown as a cloud"),
    ],
)
def test_what_cannot_be_shown_is_refused(runs, tmp_path, capsys, run, options, message):
    out = tmp_path / "grid.png"
    assert command("sample", runs / run, "--out", out, *options.split()) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()
