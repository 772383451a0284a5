import hashlib
import io
import json
import tarfile
from itertools import islice

import pytest
import torch
from PIL import Image
from tests.unit.data._pictures import picture, png

from onestage.data import DataError, build_loader, build_source
from onestage.data.tools import PackOptions, pack


def _hashes(out):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in out.iterdir()}


def _members(out):
    names = []
    for path in sorted(out.glob("*.tar")):
        with tarfile.open(path) as tar:
            names += tar.getnames()
    return names


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_the_bytes_are_always_the_same(folder, tmp_path):
    options = PackOptions(shard_size=8)
    outs = [tmp_path / name for name in ("one", "two", "again")]
    for out, workers in zip(outs, (1, 2, 1), strict=True):
        source = build_source(str(folder), image_size=16, memory=0)
        packed = pack(source, out, options, workers=workers)
        assert packed[:3] == (4, 30, 0)
    assert _hashes(outs[0]) == _hashes(outs[1]) == _hashes(outs[2])
    assert sorted(_hashes(outs[0])) == [
        "index.json",
        "pack.json",
        *(f"shard-0000{number}.tar" for number in range(4)),
    ]


def test_it_goes_on_where_it_was_stopped(folder, tmp_path):
    whole, part = tmp_path / "whole", tmp_path / "part"
    options = PackOptions(shard_size=8)
    source = build_source(str(folder), image_size=16, memory=0)
    pack(source, whole, options)

    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(source, part, options, progress=stop)
    assert not (part / "index.json").exists()
    assert len(list(part.glob("*.tar"))) == 2
    before = (part / "shard-00000.tar").stat().st_mtime_ns
    counts = []
    pack(source, part, options, progress=lambda done, total: counts.append((done, total)))
    assert counts == [(2, 4), (3, 4), (4, 4)]
    assert (part / "shard-00000.tar").stat().st_mtime_ns == before
    assert _hashes(part) == _hashes(whole)


def test_a_write_that_fails_leaves_no_shard(folder, tmp_path, monkeypatch):
    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        pack(build_source(str(folder), image_size=16), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "change, said",
    [
        ({"image_size": 8}, "image_size was 16, is 8"),
        ({"shard_size": 9}, "shard_size was 8, is 9"),
        ({"channels": 1}, "channels was 3, is 1"),
        ({"format": "jpg"}, "format was png, is jpg"),
    ],
)
def test_other_options_are_refused_with_the_difference(folder, tmp_path, change, said):
    def build(image_size=16, channels=None, shard_size=8, format="png"):
        source = build_source(str(folder), image_size=image_size, channels=channels)
        pack(source, tmp_path / "out", PackOptions(shard_size, format))

    build()
    before = _hashes(tmp_path / "out")
    with pytest.raises(DataError, match=rf"was begun otherwise \({said}\)"):
        build(**change)
    assert _hashes(tmp_path / "out") == before


def test_another_source_is_refused(folder, tmp_path):
    pack(build_source(str(folder), image_size=16), tmp_path / "out")
    (folder / "a" / "00.png").write_bytes(png(99, (30, 30)))
    with pytest.raises(DataError, match=r"\(files was .*, is .*\)"):
        pack(build_source(str(folder), image_size=16), tmp_path / "out")
    (folder / "d").mkdir()
    (folder / "d" / "new.png").write_bytes(png(98))
    with pytest.raises(DataError, match="images was 30, is 31"):
        pack(build_source(str(folder), image_size=16), tmp_path / "out")


def test_files_that_have_changed_since_are_refused(tmp_path):
    for number in range(8):
        _bmp(tmp_path / "in" / f"{number}.bmp", 10 * number)

    def run():
        return pack(build_source(str(tmp_path / "in"), image_size=8), tmp_path / "out", options)

    options = PackOptions(shard_size=4)
    run()
    run()
    _bmp(tmp_path / "in" / "0.bmp", 200)  # of the same size
    (tmp_path / "out" / "shard-00001.tar").unlink()  # as after an interruption
    with pytest.raises(DataError, match=r"\(versions was .*, is .*\)"):
        run()


def test_one_begun_by_an_earlier_version_goes_on(folder, tmp_path):
    source, out, options = (
        build_source(str(folder), image_size=16),
        tmp_path / "out",
        PackOptions(8),
    )
    pack(source, out, options)
    before = _hashes(out)
    plan = json.loads((out / "pack.json").read_text())
    del plan["versions"]
    (out / "pack.json").write_text(json.dumps(plan))
    (out / "shard-00001.tar").unlink()
    pack(source, out, options)
    assert {**_hashes(out), "pack.json": ""} == {**before, "pack.json": ""}
    (folder / "a" / "00.png").write_bytes(png(99, (30, 30)))
    with pytest.raises(DataError, match=r"\(files was .*, is .*\)"):
        pack(build_source(str(folder), image_size=16), out, options)


class Numbered:
    """A source whose classes have no names."""

    name, channels, image_size, class_names = "numbered", 1, 8, ()
    labels = torch.tensor([2, 0, 1, 2])

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.zeros(1, 8, 8)


def test_classes_without_names(tmp_path):
    pack(Numbered(), tmp_path / "out")
    for _ in range(2):
        source = build_source(str(tmp_path / "out" / "shard-00000.tar"), image_size=8)
        assert source.labels.tolist() == [2, 0, 1, 2]
        assert source.class_names == ("0", "1", "2")
        (tmp_path / "out" / "index.json").unlink(missing_ok=True)


def test_an_index_of_an_earlier_version(tmp_path):
    pack(Numbered(), tmp_path / "out")
    file = tmp_path / "out" / "index.json"
    index = json.loads(file.read_text())
    index["shards"][0]["labels"] = None
    file.write_text(json.dumps(index))
    assert build_source(str(tmp_path / "out"), image_size=8).labels is None


def _bmp(path, grey):
    path.parent.mkdir(exist_ok=True)
    Image.new("L", (8, 8), grey).save(path)


def test_a_folder_of_something_else_is_left_alone(folder, tmp_path):
    with pytest.raises(DataError, match="holds something else and is left as it is"):
        pack(build_source("digits", image_size=16), folder)
    out = tmp_path / "out"
    out.mkdir()
    (out / "pack.json").write_text("[")
    with pytest.raises(DataError, match=r"pack\.json is damaged"):
        pack(build_source("digits", image_size=16), out)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_broken_images_are_left_out_and_counted(folder, tmp_path):
    (folder / "a" / "03.png").write_bytes(b"")  # its header says so
    data = bytearray(png(0, (200, 200)))
    data[-100:-60] = bytes(40)
    (folder / "b" / "01.png").write_bytes(data)  # only reading it does
    source = build_source(str(folder), image_size=16, max_bad=0.1, memory=0)
    packed = pack(source, tmp_path / "out", PackOptions(shard_size=8), workers=2)
    assert packed[:3] == (4, 28, 2)
    assert len(build_source(str(tmp_path / "out"), image_size=16)) == 28
    again = build_source(str(folder), image_size=16, max_bad=0.1, memory=0)
    assert pack(again, tmp_path / "out", PackOptions(shard_size=8)) == packed


def test_too_many_broken_images_stop_it(folder, tmp_path):
    data = bytearray(png(0, (200, 200)))
    data[-100:-60] = bytes(40)
    (folder / "b" / "01.png").write_bytes(data)
    source = build_source(str(folder), image_size=16, memory=0)
    with pytest.raises(DataError, match=r"1 of 30 images.*01\.png"):
        pack(source, tmp_path / "out")
    assert not (tmp_path / "out" / "index.json").exists()


def test_training_sees_the_same_from_the_shards(folder, tmp_path):
    source = build_source(str(folder), image_size=16)
    pack(source, tmp_path / "out", PackOptions(shard_size=8))
    packed = build_source(str(tmp_path / "out"), image_size=16)
    one, other = (
        list(islice(build_loader(s, 7, seed=0, flip=True, labels=True), 6))
        for s in (source, packed)
    )
    for (images, labels), (expected, expected_labels) in zip(one, other, strict=True):
        assert torch.equal(images, expected)
        assert torch.equal(labels, expected_labels)


def test_a_jpeg_of_the_right_size_is_copied(tmp_path):
    root = tmp_path / "in"
    root.mkdir()
    buffer = io.BytesIO()
    picture(1, (16, 16)).save(buffer, "JPEG", quality=80)
    (root / "1.jpg").write_bytes(buffer.getvalue())
    (root / "2.png").write_bytes(png(2))
    source = build_source(str(root), image_size=16)
    pack(source, tmp_path / "out")
    assert _members(tmp_path / "out") == ["00000000.jpg", "00000001.png"]
    assert buffer.getvalue() in (tmp_path / "out" / "shard-00000.tar").read_bytes()
    packed = build_source(str(tmp_path / "out"), image_size=16)
    assert all(torch.equal(packed[k], source[k]) for k in range(2))


def test_jpgs_are_nearly_the_same(folder, tmp_path):
    source = build_source(str(folder), image_size=16)
    pack(source, tmp_path / "out", PackOptions(format="jpg"))
    packed = build_source(str(tmp_path / "out"), image_size=16)
    assert all((packed[k] - source[k]).abs().mean() < 0.02 for k in range(30))
    assert all(name.endswith((".jpg", ".cls")) for name in _members(tmp_path / "out"))


def test_digits_and_their_classes(tmp_path):
    source = build_source("digits", image_size=16)
    pack(source, tmp_path / "out", workers=1)
    packed = build_source(str(tmp_path / "out"), image_size=16)
    assert (len(packed), packed.channels) == (1797, 1)
    assert torch.equal(packed.labels, source.labels)
    assert packed.class_names == source.class_names
    assert all((packed[k] - source[k]).abs().max() < 1.01 / 255 for k in range(0, 1797, 100))


@pytest.mark.parametrize("options", [{"shard_size": 0}, {"format": "bmp"}])
def test_impossible_options(options):
    with pytest.raises(DataError):
        PackOptions(**options)
    with pytest.raises(DataError, match="workers=0"):
        pack(build_source("digits", image_size=16), "nowhere", workers=0)
