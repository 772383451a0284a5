import gc
import io
import json
import pickle
import tarfile

import pytest
import torch
from PIL import Image
from tests.unit.data._pictures import picture, png, write_tar

from onestage.data import DataError, build_source
from onestage.data.tools import inspect_source


def test_shards_hold_what_was_packed(folder, packed):
    expected = build_source(str(folder), image_size=16)
    for where in (packed, packed / "index.json", packed / "shard-{00000..00004}.tar"):
        source = build_source(str(where), image_size=16, memory=0)
        assert len(source) == 30
        assert all(torch.equal(source[k], expected[k]) for k in range(30))
        assert torch.equal(source.labels, expected.labels)
        assert source.class_names == ("a", "b", "c")
        assert source.name == "shards"


def test_some_of_the_shards(packed):
    source = build_source(str(packed / "shard-0000{1,3}.tar"), image_size=16)
    assert len(source) == 14
    assert source.title(7).endswith("shard-00003.tar:00000021.png")


def test_without_an_index_they_are_looked_through(packed):
    expected = build_source(str(packed), image_size=16)
    (packed / "index.json").unlink()
    source = build_source(str(packed / "shard-{00000..00004}.tar"), image_size=16)
    assert all(torch.equal(source[k], expected[k]) for k in range(30))
    assert torch.equal(source.labels, expected.labels)
    assert source.class_names == ("0", "1", "2")


def test_others_shards(tmp_path):
    """WebDataset's convention: names up to the first dot, classes in .cls or .json."""
    members = {
        "a/1.JPG": _jpeg(1),
        "a/1.cls": b" 2\n",
        "a/2.png": png(2),
        "a/2.json": json.dumps({"label": 0, "text": "x"}).encode(),
        "a/2.seg.png": png(3),
        "a/3.seg.png": png(3),
        "a/3.txt": b"the suffix is .seg.png, which is no image of others",
        "b/4.webp": _webp(4),
        "b/4.cls": b"1",
        "../5.png": png(5),
        "../5.json": b'{"cls": 2}',
    }
    source = build_source(str(write_tar(tmp_path / "a.tar", members)), image_size=16)
    assert source.labels.tolist() == [2, 0, 1, 2]
    assert source.channels == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.tar"]


def test_names_with_more_dots(tmp_path, caplog):
    members = {
        "photo 1.jpg": _jpeg(1),
        "2024.05.01 beach.JPG": _jpeg(2),
        "2024.cls": b"1",
        "photo 1.cls": b"0",
        "cat.v2.png": png(3),
        "cat.json": b'{"label": 1}',
        "._cat.v2.png": b"macOS",
    }
    source = build_source(str(write_tar(tmp_path / "a.tar", members)), image_size=16)
    assert source.labels.tolist() == [0, 1, 1]
    assert not caplog.messages


def test_images_that_are_not_used_are_told(tmp_path, caplog):
    members = {
        "1.seg.png": png(0),
        "1.png": png(1),
        "1.jpg": _jpeg(1),
        "2.png": png(2),
        "2024.05 a.png": png(3),
        "2024.06 b.png": png(4),
        "3.seg.png": png(5),
    }
    path = write_tar(tmp_path / "a.tar", members)
    source = build_source(str(path), image_size=16)
    assert [source.title(k).rpartition(":")[2] for k in range(3)] == [
        "1.png",
        "2.png",
        *[*members][4:5],
    ]
    assert len(source) == 3
    names = ", ".join(
        f"{path}:{name}" for name in ("1.seg.png", "1.jpg", "2024.06 b.png", "3.seg.png")
    )
    (line,) = caplog.messages
    assert line.startswith(f"{source.name}: 4 images are not used ({names}): members whose names")
    found = inspect_source(str(path))
    assert (found.images, found.unused, len(found.unused_names)) == (3, 4, 4)
    write_tar(path, {f"1.{k}.png": png(k) for k in range(9)})
    assert "8 images are not used" in str(build_source(str(path), image_size=16).files.unused)
    assert inspect_source(str(path)).unused_names == [f"{path}:1.{k}.png" for k in range(1, 6)]
    assert ", and 3 more)" in caplog.messages[-1]


def test_class_numbers_that_are_none(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"1.png": png(1), "1.cls": b"9" * 12})
    with pytest.raises(DataError, match=r"has a class of the number 9{12}; number them from 0"):
        build_source(str(path), image_size=16)


@pytest.mark.parametrize("label", [b"cat", b"-1", b"", b"1.5"])
def test_without_a_class_for_each_there_are_none(tmp_path, label):
    members = {"1.png": png(1), "1.cls": b"1", "2.png": png(2), "2.cls": label}
    source = build_source(str(write_tar(tmp_path / "a.tar", members)), image_size=16)
    assert (source.labels, source.class_names) == (None, ())


def test_links_and_devices_in_a_tar_are_no_images(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo(f"{kind!r}.png")
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
    with pytest.raises(DataError, match="holds no images"):
        build_source(str(path), image_size=16)


def test_grey_shards_stay_grey(tmp_path):
    buffer = io.BytesIO()
    picture(1).convert("L").save(buffer, "PNG")
    path = str(write_tar(tmp_path / "a.tar", {"1.png": buffer.getvalue()}))
    assert build_source(path, image_size=16).channels == 1


@pytest.mark.parametrize("where", ["pipe:cat a.tar", "cat a.tar |", "a.tar|", "http://a/|x.tar"])
def test_a_command_is_never_run(where):
    with pytest.raises(DataError, match="is a command, and a source never runs one"):
        build_source(where, image_size=16)


def test_a_tar_that_is_cut_off(tmp_path):
    path = write_tar(tmp_path / "a.tar", {"1.png": png(1), "2.png": png(2, (200, 200))})
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DataError, match=r"a\.tar is no plain tar, or is cut off"):
        build_source(str(path), image_size=16)


def test_missing_compressed_and_other_files(tmp_path):
    with pytest.raises(DataError, match=r"b1\.tar does not exist"):
        build_source(str(tmp_path / "b{1..2}.tar"), image_size=16)
    (tmp_path / "c.tar").write_bytes(b"\x1f\x8b" + bytes(5000))
    with pytest.raises(DataError, match="no plain tar"):
        build_source(str(tmp_path / "c.tar"), image_size=16)


def test_a_shard_that_is_not_what_its_index_says(packed):
    shard = packed / "shard-00002.tar"
    shard.write_bytes(shard.read_bytes()[:-512])
    with pytest.raises(DataError, match=r"shard-00002\.tar has [\d,]+ bytes instead of"):
        build_source(str(packed), image_size=16)
    shard.unlink()
    with pytest.raises(DataError, match=r"shard-00002\.tar is not there"):
        build_source(str(packed), image_size=16)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"channels": 2},
        {"shards": 3},
        {"shards": [{"name": "../x.tar", "bytes": 1, "offsets": [], "sizes": [], "labels": []}]},
        {"shards": [{"name": "x.tar", "bytes": -1, "offsets": [], "sizes": [], "labels": []}]},
        {"shards": [{"name": "x.tar", "bytes": 1, "offsets": [1], "sizes": [], "labels": []}]},
        {"shards": [{"name": "x.tar", "bytes": 1, "offsets": [1], "sizes": [1], "labels": [9]}]},
    ],
)
def test_a_damaged_index_is_refused(packed, change):
    file = packed / "index.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(DataError, match="is no index of shards that this version reads"):
        build_source(str(packed), image_size=16)


def test_places_that_are_wrong_are_bad_images(packed):
    file = packed / "index.json"
    index = json.loads(file.read_text())
    index["shards"][0]["offsets"][2] = 10**9
    index["shards"][1]["sizes"][0] = 2**40
    file.write_text(json.dumps(index))
    source = build_source(str(packed), image_size=16, memory=0, max_bad=0.1)
    assert source.fetch([2, 7])[1] == [3, 8]


def test_they_can_be_sent_to_another_process(packed):
    source = build_source(str(packed), image_size=16, memory=0)
    assert torch.equal(pickle.loads(pickle.dumps(source))[3], source[3])


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # webdataset 1.0 leaves the tars open
def test_webdataset_reads_them(packed):
    webdataset = pytest.importorskip("webdataset")
    expected = build_source(str(packed), image_size=16)
    urls = str(packed / "shard-{00000..00004}.tar")
    samples = list(webdataset.WebDataset(urls, shardshuffle=False).decode("rgb8"))
    assert len(samples) == 30
    for index, sample in enumerate(samples):
        pixels = torch.tensor(sample["png"]).permute(2, 0, 1)
        assert torch.equal(pixels.float() / 127.5 - 1, expected[index])
        assert sample["cls"] == expected.labels[index]
    gc.collect()


def _jpeg(number):
    buffer = io.BytesIO()
    picture(number).save(buffer, "JPEG")
    return buffer.getvalue()


def _webp(number):
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png(number))).save(buffer, "WEBP")
    return buffer.getvalue()
