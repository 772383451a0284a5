"""Small files of the owners' layout."""

import io
import shutil
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image
from tests.unit.data._pictures import picture, png

from onestage.data import DataError, build_source
from onestage.data.tools import PackOptions, prepare


def _aligned_face():
    """178 x 218: red within 178 around the centre, of which 108 are green."""
    pixels = np.zeros((218, 178, 3), dtype=np.uint8)
    pixels[20:198] = (255, 0, 0)
    pixels[55:163, 35:143] = (0, 255, 0)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=100, subsampling=0)
    return buffer.getvalue()


@pytest.fixture
def celeba(tmp_path):
    root = tmp_path / "celeba"
    root.mkdir()
    with zipfile.ZipFile(root / "img_align_celeba.zip", "w") as file:
        for number in range(1, 6):
            file.writestr(f"img_align_celeba/{number:06d}.jpg", _aligned_face())
    return root


def test_celeba_is_cut_as_wide_as_it_is(celeba, tmp_path):
    out = tmp_path / "out"
    packed = prepare("celeba", celeba, out, options=PackOptions(shard_size=2))
    assert packed[:3] == (3, 5, 0)
    source = build_source(str(out), image_size=64)
    image = (source[0] + 1) / 2
    assert image.shape == (3, 64, 64)
    assert (image[0, 1, 1] > 0.9) and (image[1, 1, 1] < 0.1)  # red to the edge, no black
    assert image[1, 32, 32] > 0.9
    assert source.labels is None


def test_another_crop(celeba, tmp_path):
    prepare("celeba", celeba / "img_align_celeba.zip", tmp_path / "out", crop=108)
    image = build_source(str(tmp_path / "out"), image_size=64)[0]
    assert image[1].min() > 0.8  # green alone


def test_celeba_unpacked(celeba, tmp_path):
    with zipfile.ZipFile(celeba / "img_align_celeba.zip") as file:
        file.extractall(celeba)
    outs = [tmp_path / "one", tmp_path / "two"]
    prepare("celeba", celeba, outs[0])
    (celeba / "img_align_celeba.zip").unlink()
    prepare("celeba", celeba, outs[1])
    tars = [(out / "shard-00000.tar").read_bytes() for out in outs]
    assert tars[0] == tars[1]


@pytest.mark.parametrize("kind", ["thumbnails128x128", "images1024x1024"])
@pytest.mark.parametrize("zipped", [False, True])
def test_ffhq(tmp_path, kind, zipped):
    root = tmp_path / "ffhq"
    for number in (0, 999, 1000):
        path = root / kind / f"{number // 1000 * 1000:05d}" / f"{number:05d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(number, (128, 128)).save(path)
    if zipped:
        shutil.make_archive(str(root / kind), "zip", root, kind)
        shutil.rmtree(root / kind)
    assert prepare("ffhq", root, tmp_path / "out", image_size=32).images == 3
    assert (
        build_source(str(tmp_path / "out"), image_size=32).labels is None
    )  # folders of a thousand


def _lmdb(path):
    lmdb = pytest.importorskip("lmdb")
    with lmdb.open(str(path), map_size=2**24) as database, database.begin(write=True) as writing:
        for number in range(6):
            buffer = io.BytesIO()
            picture(number, (300, 256)).save(buffer, "WEBP")
            writing.put(f"key{number}".encode(), buffer.getvalue())


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("given", ["folder", "parent", "file", "zip"])
def test_lsun_churches(tmp_path, given):
    root = tmp_path / "lsun"
    root.mkdir()
    database = root / "church_outdoor_train_lmdb"
    _lmdb(database)
    if given == "zip":
        shutil.make_archive(str(database), "zip", root, database.name)
        shutil.rmtree(database)
    path = {"folder": database, "file": database / "data.mdb"}.get(given, root)
    out = tmp_path / "out"
    options = PackOptions(shard_size=3)
    assert prepare("lsun-churches", path, out, options=options, workers=2).images == 6
    assert len(build_source(str(out), image_size=64)) == 6
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["lsun", "out"]


def test_a_database_that_is_none(tmp_path):
    pytest.importorskip("lmdb")
    (tmp_path / "data.mdb").write_bytes(b"no database" * 1000)
    with pytest.raises(DataError, match="is no LMDB, or is cut off"):
        prepare("lsun-churches", tmp_path, tmp_path / "out")


@pytest.mark.parametrize("suffix", ["", ".zip"])
def test_a_missing_library_is_named_before_anything_is_copied(tmp_path, monkeypatch, suffix):
    monkeypatch.setitem(sys.modules, "lmdb", None)
    (tmp_path / f"church_outdoor_train_lmdb{suffix}").write_bytes(b"never read")
    with pytest.raises(ModuleNotFoundError, match=r"lmdb.*pip install 'onestage\[lsun\]'"):
        prepare("lsun-churches", tmp_path, tmp_path / "out")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "name, said",
    [
        ("celeba", r"img_align_celeba\.zip \(1\.4 GB\).*https://mmlab"),
        ("lsun-churches", r"church_outdoor_train_lmdb\.zip \(2\.3 GB\)"),
        ("ffhq", r"thumbnails128x128 \(2 GB.*https://github.com/NVlabs/ffhq-dataset"),
    ],
)
def test_what_to_download(tmp_path, name, said):
    with pytest.raises(DataError, match=rf"{tmp_path} has no .* download {said}") as caught:
        prepare(name, tmp_path, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_unknown_and_impossible(tmp_path):
    with pytest.raises(DataError, match="mnist is not one of celeba, lsun-churches, ffhq"):
        prepare("mnist", tmp_path, tmp_path / "out")
    with pytest.raises(DataError, match="crop=0"):
        prepare("celeba", tmp_path, tmp_path / "out", crop=0)
    (tmp_path / "img_align_celeba.zip").write_bytes(png(1))
    with pytest.raises(DataError, match="is no zip, or is cut off"):
        prepare("celeba", tmp_path, tmp_path / "out")
