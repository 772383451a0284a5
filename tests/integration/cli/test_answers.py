"""Every command: one JSON document on stdout, and nothing else anywhere when it is to be quiet."""

import io
import json
import sys
import zipfile

import pytest
import torch
from PIL import Image
from tests.integration.cli.test_check import MODULE
from tests.unit.cli.test_help import COMMANDS

from onestage.cli import main

FEW = "--steps 2 --batch-size 8 --threads 1 --log-every 1"
ROWS = {  # a command, and what its document must have
    f"train --out trained {FEW} --evaluate-samples 0": {
        "run",
        "steps",
        "signal",
        "metrics",
        "report",
        "strategy",
    },
    f"distill --out distilled {FEW} --student-steps 1 --evaluate-samples 16": {"run", "methods"},
    f"adapt --out adapted {FEW} --base-width 4 --evaluate-samples 40": {"run", "collapsed"},
    "export ring --to safetensors --out exported": {"step", "path", "difference"},
    "presets": {"name", "settings"},
    "sample ring --out ring.png --count 8": {"samples", "step", "out"},
    "evaluate ring --samples 100": {"run", "step", "fid"},
    "report ring": {"report", "runs"},
    "compare --preset lsgan --seeds 1 --methods one-stage,two-stage-tuned --steps 4 --samples 60 "
    "--batch-size 4 --features pixels": {"records", "summary"},
    "check game_for_answers:game --rounds 1": {"exact", "costs"},
    "bench --batch 2 --width 2 --size 16 --rounds 1 --threads 1 --no-best": {"records", "ratios"},
    "data inspect photographs --image-size 16": {"images", "bad"},
    "data pack digits shards --image-size 16 --workers 1": {"images", "shards", "out"},
    "data prepare celeba downloads --workers 1": {"images", "shards", "out"},
    "doctor": {"usable", "devices", "packages", "problems"},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a run on points, a game of one's own, and the one image of a data set."""
    place, threads = tmp_path_factory.mktemp("answers"), torch.get_num_threads()
    (place / "game_for_answers.py").write_text(MODULE)
    ring = f"train --data.source ring --networks mlp --out {place / 'ring'} {FEW}"
    assert main([*ring.split(), "--evaluate-samples", "0", "--quiet"]) == 0
    _write_celeba(place / "downloads")
    yield place
    torch.set_num_threads(threads)


def _write_celeba(folder):
    buffer = io.BytesIO()
    Image.new("RGB", (178, 218), (9, 9, 9)).save(buffer, "JPEG")
    folder.mkdir()
    with zipfile.ZipFile(folder / "img_align_celeba.zip", "w") as file:
        file.writestr("img_align_celeba/000001.jpg", buffer.getvalue())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("row", ROWS)
def test_the_answer_is_one_document(place, row, capsys, monkeypatch):
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert main([*row.split(), "--json", "--quiet"]) == 0
    out, error = capsys.readouterr()
    document = json.loads(out, parse_constant=pytest.fail)
    assert (out.count("\n"), error) == (1, "")
    record = document[0] if isinstance(document, list) else document
    assert ROWS[row] <= set(record)


def test_no_command_is_left_out():
    tried = {path for path in COMMANDS for row in ROWS if row.split()[: len(path)] == [*path]}
    assert tried == set(COMMANDS)


def test_errors_are_said_even_then(capsys):
    assert main(["sample", "nowhere", "--json", "--quiet"]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("onestage: nowhere is not the folder of a run")
