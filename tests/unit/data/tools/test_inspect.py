import zipfile

import pytest
from PIL import Image
from tests.unit.data._pictures import picture, png

from onestage.data import DataError
from onestage.data.tools import inspect_source


def test_what_is_in_a_folder(folder):
    (folder / "a" / "00.png").write_bytes(png(0)[:300])
    (folder / "b" / "01.png").write_bytes(b"")
    picture(2, (100, 10)).save(folder / "c" / "02.png")
    Image.new("L", (7, 200), 3).save(folder / "c" / "05.png")
    picture(2, (24, 20)).save(folder / "c" / "wide.jpg")
    found = inspect_source(str(folder), image_size=32)
    assert found.images == 29
    assert found.widths == (7, 24, 100)
    assert found.heights == (10, 20, 200)
    assert found.modes == {"RGB": 28, "L": 1}
    assert found.formats == {"PNG": 28, "JPEG": 1}
    assert found.labels == {"a": 9, "b": 9, "c": 11}
    assert [line.split(" cannot")[0][-8:] for line in found.bad] == ["a/00.png", "b/01.png"]
    assert found.examples.shape == (29, 3, 32, 32)


def test_a_zip_and_shards(archive, packed):
    for where, size in ((archive, (24, 20)), (packed, (16, 16))):
        found = inspect_source(str(where))
        assert (found.images, found.bad) == (30, [])
        assert (found.widths[1], found.heights[1]) == size
        assert found.labels == {"a": 10, "b": 10, "c": 10}


def test_other_files_are_counted(folder, archive, packed):
    for name in ("a/x.heic", "b/e.avif", "Thumbs.db", "c/b.TXT", "c/a.txt", "README", ".DS_Store"):
        (folder / name).touch()
    with zipfile.ZipFile(archive, "a") as file:
        for member in sorted(path for path in folder.rglob("*") if path.suffix != ".png"):
            file.write(member, member.relative_to(folder.parent))
        file.writestr("__MACOSX/pictures/a/._x.heic", b"")
    counts = [(".avif", 1), (".heic", 1), (".txt", 2), (".db", 1), ("no suffix", 1)]
    for where in (folder, archive):
        found = inspect_source(str(where))
        assert found.images == 30
        assert list(found.others.items()) == counts
    assert inspect_source(str(packed)).others is None
    assert inspect_source("digits").others is None


def test_digits():
    found = inspect_source("digits", image_size=16)
    assert found.images == 1797
    assert found.modes == {"L": 1797}
    assert sum(found.labels.values()) == 1797
    assert found.examples.shape == (64, 1, 16, 16)


def test_nothing_but_bad_files(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    found = inspect_source(str(tmp_path))
    assert (found.images, len(found.bad), len(found.examples)) == (0, 1, 0)


def test_what_has_no_pixels():
    with pytest.raises(DataError, match="points in the plane"):
        inspect_source("ring")
    with pytest.raises(DataError, match="image_size=0"):
        inspect_source("digits", image_size=0)
