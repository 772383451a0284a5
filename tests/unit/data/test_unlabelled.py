"""What is said where labels are wanted and not there."""

import shutil

import pytest
from PIL import Image

from onestage.data import build_loader, build_source, how_to_label


def source(tmp_path, names, kind="folder"):
    for name in names:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8)).save(path)
    where = tmp_path / "photos"
    if kind == "zip":
        where = shutil.make_archive(str(where), "zip", tmp_path, "photos")
    return build_source(str(where), image_size=8)


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_stray_image_is_named(tmp_path, kind):
    photos = source(tmp_path, ["a/1.png", "b/1.png", "stray.png"], kind)
    with pytest.raises(ValueError, match=r"photos has no labels; .*stray\.png lies beside the fo"):
        build_loader(photos, 2, seed=0, labels=True)


def test_of_many_three_are_named(tmp_path):
    names = [f"{number}.png" for number in range(5)]
    said = how_to_label(source(tmp_path, ["a/1.png", *names]))
    assert "2.png and 2 more lie beside the folders of its classes: move them into one" in said
    assert "3.png" not in said


def test_without_folders_none_is_stray(tmp_path):
    found = source(tmp_path, ["1.png", "2.png"])
    assert found.strays == ()
    assert how_to_label(found) == "put the images of each class into a folder of its own."


def test_where_all_have_a_class_none_is_stray(tmp_path):
    found = source(tmp_path, ["a/1.png", "b/c/2.png"])
    assert found.strays == ()
    assert found.labels.tolist() == [0, 1]
