"""`onestage data`, as its user runs it."""

import io
import json
import zipfile

import numpy as np
import pytest
from cyclopts import CycloptsError
from PIL import Image
from tests.unit.data._pictures import write_tar

from onestage.cli._data import app
from onestage.cli._terminal import Terminal
from onestage.data import DataError, build_source
from onestage.training import RunError

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


def run(*arguments, as_json=False):
    arguments = [str(argument) for argument in arguments]
    command, bound, more = app.parse_args(arguments, exit_on_error=False, print_error=False)
    terminal = Terminal(as_json=as_json)
    told = {"terminal": terminal} if "terminal" in more else {}
    terminal.answer(command(*bound.args, **bound.kwargs, **told))


@pytest.fixture
def photos(tmp_path):
    """100 images of two kinds, one of them broken."""
    rng = np.random.default_rng(0)
    for number in range(100):
        path = tmp_path / "photos" / ("cats", "dogs")[number % 2] / f"{number:02d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-300])
    return tmp_path / "photos"


def test_inspect_for_people(photos, tmp_path, capsys):
    run("inspect", photos, "--out", tmp_path / "grid.png")
    out = capsys.readouterr().out
    assert "images: 99" in out
    assert "50 x 40 | 50 x 40 | 50 x 40" in out
    assert "modes: RGB: 99" in out
    assert "classes: cats: 50, dogs: 49" in out
    assert "bad files: 1" in out
    assert "99.jpg cannot be read as an image" in out
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.width > 8 * 64
    with pytest.raises(RunError, match="exists already"):
        run("inspect", photos, "--out", tmp_path / "grid.png")


def test_inspect_counts_the_other_files(photos, capsys):
    run("inspect", photos)
    assert "other files: 0\n" in capsys.readouterr().out
    for name in ("x.heic", "e.avif", "Thumbs.db"):
        (photos / name).touch()
    run("inspect", photos)
    assert "other files: 3 (.avif 1, .heic 1, .db 1)\n" in capsys.readouterr().out
    for number in range(12):
        (photos / f"x.{number:02d}").touch()
    run("inspect", photos)
    assert ".07 1, ...)" in capsys.readouterr().out
    run("inspect", photos, as_json=True)
    assert len(json.loads(capsys.readouterr().out)["others"]) == 15


def test_images_in_tars_that_are_not_used_are_named(photos, tmp_path, capsys):
    path, image = tmp_path / "a.tar", next(photos.rglob("*1.jpg")).read_bytes()
    write_tar(path, {"1.png": image, **{f"1.{number}.png": image for number in range(6)}})
    run("inspect", path)
    named = ", ".join(f"{path}:1.{number}.png" for number in range(5))
    assert f"images not used: 6 ({named}, ...)\n" in capsys.readouterr().out
    run("inspect", path, as_json=True)
    record = json.loads(capsys.readouterr().out)
    assert (record["unused"], len(record["unused_names"])) == (6, 5)


def test_inspect_for_programs(photos, capsys):
    run("inspect", photos, as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    record = json.loads(line)
    assert record["images"] == 99
    assert record["widths"] == [50, 50, 50]
    assert record["labels"] == {"cats": 50, "dogs": 49}
    assert len(record["bad"]) == 1


def test_pack_makes_a_source_and_says_how_to_use_it(photos, tmp_path, capsys):
    out = tmp_path / "shards"
    options = ("--image-size", 16, "--shard-size", 40, "--workers", 2)
    run("pack", photos, out, *options)
    said, progress = capsys.readouterr()
    assert "shard 3/3" in progress
    assert "images: 99" in said
    assert "left out: 1" in said
    assert f"onestage train --data.source {out} --image-size 16" in said
    assert len(build_source(str(out), image_size=16)) == 99
    run("pack", photos, out, *options)
    assert capsys.readouterr().err == "shard 3/3\n"
    with pytest.raises(DataError, match="image_size was 16, is 32"):
        run("pack", photos, out, "--image-size", 32, "--shard-size", 40)


def test_pack_stops_at_too_many_broken_images(photos, tmp_path):
    with pytest.raises(
        DataError, match=r"1 of 100 images are unreadable, more than max_bad=0\.001"
    ):
        run("pack", photos, tmp_path / "out", "--max-bad", 0.001)


def test_prepare(tmp_path, capsys, monkeypatch):
    buffer = io.BytesIO()
    Image.new("RGB", (178, 218), (9, 9, 9)).save(buffer, "JPEG")
    with zipfile.ZipFile(tmp_path / "img_align_celeba.zip", "w") as file:
        file.writestr("img_align_celeba/000001.jpg", buffer.getvalue())
    monkeypatch.chdir(tmp_path)
    run("prepare", "celeba")
    said, warned = capsys.readouterr()
    assert "warning: CelebA has 202,599 images; here were 1." in warned
    assert "onestage train --data.source celeba-64 --image-size 64" in said
    assert len(build_source("celeba-64", image_size=64)) == 1
    with pytest.raises(DataError, match="download thumbnails128x128"):
        run("prepare", "ffhq", tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "digits", "--image-size", "1.5"),
        ("pack", "digits", "out", "--format", "bmp"),
        ("pack", "digits", "out", "--workers", "many"),
        ("inspect",),
    ],
)
def test_what_cannot_be_meant(arguments):
    with pytest.raises(CycloptsError):
        run(*arguments)
