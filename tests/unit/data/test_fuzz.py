"""Whatever is in a file: an image, or one line of ours."""

import io
import json
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.data._pictures import picture

from onestage.data import DataError, build_source
from onestage.data._braces import expand_braces
from onestage.data._index import parse_index

CASES = [pytest.param(100, id="100"), pytest.param(2000, id="2000", marks=pytest.mark.slow)]
# A damaged file makes Pillow warn now and then; a warning stays one where none is an error.
pytestmark = pytest.mark.filterwarnings("default::UserWarning", "default::ResourceWarning")


def _image(format, mode="RGB"):
    buffer = io.BytesIO()
    picture(3, (16, 16)).convert(mode).save(buffer, format)
    return buffer.getvalue()


IMAGES = [_image(format) for format in ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "PPM")]
IMAGES += [_image("JPEG", "CMYK"), _image("PNG", "P"), _image("PNG", "RGBA")]
DAMAGE = st.lists(st.tuples(st.integers(0, 2**16), st.binary(min_size=1, max_size=8)), max_size=6)


def _damage(data, damage, keep):
    data = bytearray(data)
    for place, piece in damage:
        place %= len(data)
        data[place : place + len(piece)] = piece
    return bytes(data[: int(len(data) * keep)])


def _try(path):
    """An image within its range, or an error of one line."""
    try:
        source = build_source(str(path), image_size=16, max_bad=1.0, memory=0)
        images, _ = source.fetch(range(len(source)))
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert images.shape[1:] == (source.channels, 16, 16)


def _answers(do):
    """It succeeds, or says in one line why not."""
    try:
        do()
    except DataError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("cases", CASES)
def test_images(tmp_path, cases):
    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(IMAGES), DAMAGE, st.floats(0, 1))
    def check(data, damage, keep):
        (tmp_path / "a.png").write_bytes(_damage(data, damage, keep))
        _try(tmp_path)

    check()


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("suffix", ["zip", "tar"])
def test_archives(tmp_path, cases, suffix):
    path = tmp_path / f"a.{suffix}"
    buffer = io.BytesIO()
    if suffix == "zip":
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
            for number, data in enumerate(IMAGES):
                file.writestr(f"../{number}.png", data)
    else:
        with tarfile.open(fileobj=buffer, mode="w") as file:
            for number, data in enumerate(IMAGES):
                member = tarfile.TarInfo(f"../{number}.png")
                member.size = len(data)
                file.addfile(member, io.BytesIO(data))
    whole = buffer.getvalue()

    @settings(max_examples=cases, deadline=None, suppress_health_check=list(HealthCheck))
    @given(DAMAGE, st.sampled_from([1.0, 0.999, 0.5]))
    def check(damage, keep):
        path.write_bytes(_damage(whole, damage, keep))
        _try(path)
        assert [entry.name for entry in tmp_path.iterdir()] == [path.name]

    check()


@pytest.mark.parametrize("cases", CASES)
def test_indexes_and_patterns(cases):
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3),
    )
    names = ("kind", "version", "channels", "class_names", "shards")
    good = {"kind": "onestage-shards", "version": 1, "channels": 3, "class_names": [], "shards": []}

    @settings(max_examples=cases, deadline=None)
    @given(
        st.dictionaries(st.sampled_from(names), values), st.text("{}.,0123456789ab/", max_size=20)
    )
    def check(changes, pattern):
        _answers(lambda: parse_index(json.dumps({**good, **changes}), "index.json"))
        _answers(lambda: expand_braces(pattern))

    check()
