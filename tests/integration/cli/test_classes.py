"""Which label means which class: through training, going on, pictures and exports."""

import json
import shutil

import pytest
import torch
from tests.unit.data._pictures import png

from onestage.cli import main

ANIMALS = ("cat", "dog", "emu", "fox")
_SMALL = (
    "--batch-size 8 --threads 1 --evaluate-samples 0 --sample-every 0 --image-size 16 "
    "--generator.base-width 8 --discriminator.base-width 8"
)
_LABELS = f"--networks cgan --data.condition label {_SMALL}"

_ADAPT = "--steps 4 --batch-size 4 --threads 1 --image-size 16 --evaluate-samples 0"


def command(*arguments):
    return main([str(argument) for argument in arguments])


def animals(root, names=ANIMALS):
    for number, name in enumerate(names):
        (root / name).mkdir(parents=True)
        for image in range(3):
            (root / name / f"{image}.png").write_bytes(png(number))
    return root


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder with the animals in `photos` and a run on them in `run`."""
    threads = torch.get_num_threads()
    root = tmp_path_factory.mktemp("classes")
    photos = animals(root / "photos")
    options = f"--steps 2 {_LABELS}".split()
    assert command("train", "--data.source", photos, *options, "--out", root / "run") == 0
    yield root
    torch.set_num_threads(threads)


@pytest.fixture
def place(trained, tmp_path):
    """A copy of both; the run goes on with the copied images."""
    shutil.copytree(trained / "photos", tmp_path / "photos")
    shutil.copytree(trained / "run", tmp_path / "run")
    return tmp_path


def resume(place, steps, source="photos"):
    goes = ("--resume", place / "run", "--steps", steps, "--data.source", place / source)
    return command("train", *goes)


def test_the_start_names_the_classes(place, capsys):
    assert resume(place, 3) == 0
    assert "12 images of photos in 4 classes (cat, dog, emu, fox)" in capsys.readouterr().err


def test_other_classes_are_refused(place, capsys):
    (place / "photos" / "fox").rename(place / "photos" / "ant")
    config = (place / "run" / "config.yaml").read_bytes()
    assert resume(place, 3) == 2
    error = capsys.readouterr().err
    assert "the classes cat, dog, emu, fox, and the data have ant, cat, dog, emu now" in error
    assert error.count("\n") == 1
    assert (place / "run" / "config.yaml").read_bytes() == config


def test_other_names_can_be_written_into_the_run(place):
    (place / "photos" / "fox").rename(place / "photos" / "vulpes")
    assert resume(place, 3) == 2
    record = place / "run" / "data.json"
    record.write_text(record.read_text().replace("fox", "vulpes"))
    assert resume(place, 3) == 0


def test_another_number_of_images_is_told_once(place, capsys):
    (place / "photos" / "cat" / "0.png").unlink()
    assert resume(place, 3) == 0
    assert "was trained on 12 images, and the data have 11 now" in capsys.readouterr().err
    assert resume(place, 4) == 0
    assert "was trained on" not in capsys.readouterr().err


def test_a_run_of_an_earlier_version_goes_on(place, capsys):
    (place / "run" / "data.json").unlink()
    assert command("sample", place / "run", "--classes", "3", "--out", place / "a.png") == 0
    assert command("sample", place / "run", "--classes", "fox", "--out", place / "b.png") == 2
    assert "--classes is 'fox': it must be whole numbers" in capsys.readouterr().err
    assert command("export", place / "run", "--to", "safetensors", "--out", place / "g") == 0
    assert "id2label" not in (place / "g" / "config.json").read_text()
    assert resume(place, 3) == 0
    assert json.loads((place / "run" / "data.json").read_text())["class_names"] == list(ANIMALS)


def test_without_labels_folders_may_be_called_as_one_likes(tmp_path):
    photos, run = animals(tmp_path / "photos"), tmp_path / "run"
    options = f"--steps 2 {_SMALL}".split()
    assert command("train", "--data.source", photos, *options, "--out", run) == 0
    assert json.loads((run / "data.json").read_text()) == {"num_images": 12, "class_names": []}
    (photos / "fox").rename(photos / "ant")
    assert command("train", "--resume", run, "--steps", 3) == 0


@pytest.mark.parametrize(("kind", "named"), [("packed", True), ("bare", False)])
def test_shards_with_names_and_without(place, capsys, kind, named):
    """Those that `pack` wrote have the names; without their index there are numbers alone."""
    assert command("data", "pack", place / "photos", place / kind, "--image-size", 16) == 0
    if not named:
        (place / kind / "index.json").unlink()
        shards = f"{place / kind}/shard-00000.tar"
        options = f"--steps 2 {_LABELS}".split()
        assert command("train", "--data.source", shards, *options, "--out", place / "other") == 0
        assert "4 classes (0, 1, 2, 3)" in capsys.readouterr().err
        assert command("train", "--resume", place / "other", "--steps", 3) == 0
        return
    assert resume(place, 3, source=kind) == 0
    index = place / kind / "index.json"
    index.write_text(index.read_text().replace("fox", "ant"))
    assert resume(place, 4, source=kind) == 2
    assert "class 3 was fox and is ant" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["fox,cat", "3,0", " fox , 0"])
def test_classes_are_shown_by_name_or_number(trained, tmp_path, words):
    pictures = [tmp_path / "a.png", tmp_path / "b.png"]
    for path, chosen in zip(pictures, ("3,0", words), strict=True):
        assert command("sample", trained / "run", "--classes", chosen, "--out", path) == 0
    assert pictures[0].read_bytes() == pictures[1].read_bytes()


def test_a_name_that_looks_like_a_number_is_a_name(tmp_path):
    photos, run = animals(tmp_path / "photos", ("0", "1", "10", "2")), tmp_path / "run"
    options = f"--steps 2 {_LABELS}".split()
    assert command("train", "--data.source", photos, *options, "--out", run) == 0
    for words in ("10", "2", "3"):
        out = tmp_path / f"{words}.png"
        assert command("sample", run, "--classes", words, "--out", out) == 0
    by_name, by_number = (tmp_path / f"{words}.png" for words in ("2", "3"))
    assert by_name.read_bytes() == by_number.read_bytes() != (tmp_path / "10.png").read_bytes()


def test_a_word_that_is_no_class_is_refused(trained, tmp_path, capsys):
    for words, message in {
        "cat,fix": "has 'fix', which is none of the 4 classes (cat, dog, emu, fox) of this run. Did"
        " you mean fox?",
        "4": "--classes has 4, and the classes of this generator are 0 to 3",
    }.items():
        out = tmp_path / "grid.png"
        assert command("sample", trained / "run", "--classes", words, "--out", out) == 2
        assert message in capsys.readouterr().err
        assert not out.exists()


def test_an_export_says_which_number_is_which_class(trained, tmp_path):
    out = tmp_path / "generator"
    assert command("export", trained / "run", "--to", "safetensors", "--out", out) == 0
    about = json.loads((out / "config.json").read_text())
    assert about["training"]["id2label"] == {"0": "cat", "1": "dog", "2": "emu", "3": "fox"}
    card = (out / "README.md").read_text()
    assert "| label | class |\n| --- | --- |\n| 0 | cat |\n" in card


def test_an_adaptation_is_held_to_its_classes(tmp_path, capsys):
    source, target = animals(tmp_path / "a"), animals(tmp_path / "b")
    run = tmp_path / "run"
    domains = ("--source", source, "--target", target)
    assert command("adapt", *domains, *_ADAPT.split(), "--checkpoint-every", 2, "--out", run) == 0
    shutil.rmtree(run / "checkpoints" / "step-0000004")
    for root in (source, target):
        (root / "fox").rename(root / "ant")
    capsys.readouterr()
    assert command("adapt", "--resume", run) == 2
    assert "class 0 was cat and is ant" in capsys.readouterr().err
