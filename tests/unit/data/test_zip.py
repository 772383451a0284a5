import pickle
import zipfile

import pytest
import torch
from tests.unit.data._pictures import png

from onestage.data import DataError, build_source


def _zip(path, members, **options):
    with zipfile.ZipFile(path, "w", **options) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return str(path)


def test_a_zip_holds_what_its_folder_holds(folder, archive):
    expected, source = (build_source(str(path), image_size=16) for path in (folder, archive))
    assert len(source) == 30
    assert all(torch.equal(source[k], expected[k]) for k in range(30))
    assert source.class_names == ("a", "b", "c")  # not "pictures", which holds everything
    assert torch.equal(source.labels, expected.labels)
    assert source.name == "pictures"


def test_members_may_be_called_anything_and_nothing_is_written(tmp_path):
    names = ["/etc/a.png", "../../b.png", "C:\\c.png", "d/e.png", "d/.hidden.png", "f.txt"]
    path = _zip(tmp_path / "a.zip", {name: png(1) for name in names})
    assert len(build_source(path, image_size=16)) == 4
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]
    assert not (tmp_path.parent.parent / "b.png").exists()


def test_what_a_mac_puts_beside_is_passed_over(tmp_path):
    members = {"x/1.png": png(1), "__MACOSX/x/._1.png": b"?", "__MACOSX/x/1.png": b"?", "y/": b""}
    assert len(build_source(_zip(tmp_path / "a.zip", members), image_size=16)) == 1


@pytest.mark.parametrize("keep", [0.5, 0.98])
def test_a_zip_that_is_cut_off(archive, keep):
    data = archive.read_bytes()
    archive.write_bytes(data[: int(keep * len(data))])
    with pytest.raises(DataError, match=r"pictures\.zip is no zip, or is cut off") as caught:
        build_source(str(archive), image_size=16)
    assert "\n" not in str(caught.value)


def test_a_zip_of_a_version_that_python_does_not_have(archive):
    data = bytearray(archive.read_bytes())
    entry = data.index(b"PK\x01\x02")  # the directory's first entry
    data[entry + 6] = 255  # "version needed to extract"
    archive.write_bytes(data)
    with pytest.raises(DataError, match=r"pictures\.zip is no zip.*version 25\.5"):
        build_source(str(archive), image_size=16)


def test_missing_and_empty(tmp_path):
    with pytest.raises(DataError, match=r"no\.zip is no zip.*No such file"):
        build_source(str(tmp_path / "no.zip"), image_size=16)
    with pytest.raises(DataError, match=r"holds no images \(1 other members\)"):
        build_source(_zip(tmp_path / "a.zip", {"a.txt": b"text"}), image_size=16)
    with pytest.raises(DataError, match=r"holds no images: 1 image file is of a kind that is not"):
        build_source(_zip(tmp_path / "b.zip", {"x/a.heic": b"?", "a.txt": b"text"}), image_size=16)


def test_a_damaged_member_is_a_bad_image(archive):
    data = bytearray(archive.read_bytes())
    data[60:70] = bytes(10)  # within the first member's data
    archive.write_bytes(data)
    source = build_source(str(archive), image_size=16, max_bad=0.1)
    assert len(source) == 29
    with pytest.raises(DataError, match=r"1 of 30 images.*pictures/c/29\.png cannot be read"):
        build_source(str(archive), image_size=16)


def test_a_member_that_promises_too_much_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("onestage.data._files.MAX_FILE_BYTES", 10_000)
    members = {"a.png": png(1), "bomb.png": bytes(1_000_000)}
    path = _zip(tmp_path / "a.zip", members, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(DataError, match=r"bomb\.png.*1,000,000 bytes are too many"):
        build_source(path, image_size=16)


def test_it_can_be_sent_to_another_process(archive):
    source = build_source(str(archive), image_size=16, memory=0)
    image = source[3]
    assert torch.equal(pickle.loads(pickle.dumps(source))[3], image)
