import os
import shutil

import pytest
import torch
from PIL import Image
from tests.unit.data._pictures import Server

from onestage.data import build_source
from onestage.data._file_source import FileSource
from onestage.data._open import open_files
from onestage.data.tools import pack
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


def test_which_files_were_left_out(folder):
    found = []
    for name in ("0.bmp", "2.bmp"):
        (folder / name).rename(folder / "away")
        (folder / name).symlink_to("nowhere")  # unreadable, for now
        source = build_source(str(folder), image_size=8, max_bad=0.5)
        (folder / name).unlink()
        (folder / "away").rename(folder / name)
        found.append(fingerprint(source))
        assert len(source) == 2
    assert len({*found, _of(folder)}) == 3


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


def test_a_source_derived_from_that_of_files_is_unknown(folder):
    class Inverted(FileSource):
        def __getitem__(self, index):
            return -super().__getitem__(index)

    class Known(Inverted):
        def fingerprint(self):
            return "a"

    class Other(Known):
        pass

    files = open_files(str(folder))
    assert fingerprint(FileSource(files, image_size=8)) == _of(folder)
    assert fingerprint(Inverted(files, image_size=8)) is None
    prints = {fingerprint(kind(files, image_size=8)) for kind in (Known, Other)}
    assert len(prints) == 2
    assert None not in prints


@pytest.fixture
def twins(folder, tmp_path_factory):
    """Two folders of one shard each, which differ in the images alone, and not in bytes."""
    root = tmp_path_factory.mktemp("twins")
    for name, grey in (("one", 50), ("two", 60)):
        Image.new("L", (8, 8), grey).save(folder / "1.bmp")
        pack(build_source(str(folder), image_size=8), root / name / "shards")
    outs = [root / name / "shards" for name in ("one", "two")]
    shards = [out / "shard-00000.tar" for out in outs]
    assert shards[0].read_bytes() != shards[1].read_bytes()
    assert (
        outs[0].joinpath("index.json").read_bytes() == outs[1].joinpath("index.json").read_bytes()
    )
    return outs


def test_shards_of_the_same_sizes(twins):
    one, two = twins
    before = _of(one)
    assert before == _of(one) != _of(two)
    shutil.rmtree(one)
    shutil.copytree(two, one, copy_function=shutil.copyfile)
    assert _of(one) not in (None, before)


def test_places_and_classes_in_a_shard_count(twins):
    index = twins[0] / "index.json"
    before = _of(twins[0])
    (tell,) = {part for part in index.read_text().split('"') if part.startswith(": [512")}
    index.write_text(index.read_text().replace(tell, tell.replace("512", "1536", 1)))
    assert _of(twins[0], max_bad=1, channels=1) != before


class Tagged(Server):
    """A server that says nothing of its files' times, and gives a tag where it has one."""

    def __init__(self, root):
        super().__init__(root)
        handler = self._http.RequestHandlerClass
        say = handler.send_header
        self.tag = None

        def send_header(this, name, value):
            if name != "Last-Modified":
                say(this, name, value)
            elif self.tag is not None:
                say(this, "ETag", self.tag)

        handler.send_header = send_header


def test_shards_on_a_server(twins):
    servers = [Server(twins[0]), Server(twins[1]), Tagged(twins[0])]
    timed, other, tagged = servers
    try:
        before = _of(timed.url + "/index.json")
        assert before is not None
        assert (
            before == _of(timed.url + "/index.json") == _of(timed.url + "/shard-{00000..00000}.tar")
        )
        os.utime(twins[0] / "shard-00000.tar", (10**9, 10**9))
        assert (
            len({None, before, _of(timed.url + "/index.json"), _of(other.url + "/index.json")}) == 4
        )
        assert _of(tagged.url + "/index.json") is None
        prints = set()
        for tagged.tag in ('"a"', '"b"'):
            prints.add(_of(tagged.url + "/index.json"))
        assert len(prints | {None}) == 3
        source = build_source(timed.url + "/index.json", image_size=8)
        (twins[0] / "shard-00000.tar").unlink()
        assert fingerprint(source) is None
    finally:
        for server in servers:
            server.stop()
