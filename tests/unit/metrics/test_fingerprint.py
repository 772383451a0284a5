import os

import pytest
import torch
from PIL import Image

from onestage.data import build_source
from onestage.metrics._fingerprint import fingerprint


class Own:
    """A source that knows its own state."""

    name, channels, image_size, labels, class_names = "own", 1, 8, None, ()
    state: object = "a"

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return torch.zeros(1, 8, 8)

    def fingerprint(self):
        return self.state


@pytest.fixture
def folder(tmp_path):
    for number in range(3):
        Image.new("L", (8, 8), 50 * number).save(tmp_path / f"{number}.bmp")
        os.utime(tmp_path / f"{number}.bmp", ns=(10**18, 10**18))
    return tmp_path


def _of(folder, **options):
    return fingerprint(build_source(str(folder), image_size=8, **options))


def test_the_same_folder(folder):
    assert _of(folder) == _of(folder)


def test_a_file_written_again_with_the_same_size(folder):
    before, size = _of(folder), (folder / "1.bmp").stat().st_size
    Image.new("L", (8, 8), 200).save(folder / "1.bmp")
    assert (folder / "1.bmp").stat().st_size == size
    assert _of(folder) != before


def test_a_file_more_or_of_another_name(folder):
    before = _of(folder)
    (folder / "2.bmp").rename(folder / "3.bmp")
    renamed = _of(folder)
    (folder / "3.bmp").unlink()
    assert len({before, renamed, _of(folder)}) == 3


def test_other_images_of_the_same_files(folder):
    assert len({_of(folder), _of(folder, channels=3)}) == 2
    assert fingerprint(build_source(str(folder), image_size=4)) != _of(folder)


def test_the_packaged_ones():
    prints = {
        fingerprint(build_source(name, image_size=size))
        for name in ("digits", "photographs")
        for size in (16, 32)
    }
    assert len(prints) == 4
    assert None not in prints


def test_one_that_knows_its_own():
    source = Own()
    before = fingerprint(source)
    source.state = ["b", 1]
    assert before != fingerprint(source)


def test_one_of_which_nothing_is_known():
    class Unknown(Own):
        name = "digits"  # it only has the name
        fingerprint = None

    assert fingerprint(Unknown()) is None
