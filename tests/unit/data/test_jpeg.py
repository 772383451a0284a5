"""The short way gives what the long way gives."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.unit.data._pictures import picture

from onestage.data._jpeg import decode_plain, is_plain

EXIF = Image.Exif()
EXIF[0x0112] = 3


def _jpeg(mode="RGB", size=(16, 16), **options):
    buffer = io.BytesIO()
    picture(5, size).convert(mode).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"progressive": True},
        {"subsampling": 0, "quality": 100},
        {"quality": 5},
        {"comment": b"taken today"},
        {"restart_marker_rows": 1},
        {"mode": "L"},
    ],
)
def test_plain_ones(options):
    data = _jpeg(**options)
    channels = 1 if options.get("mode") == "L" else 3
    expected = np.asarray(Image.open(io.BytesIO(data))).reshape(16, 16, channels)
    assert np.array_equal(decode_plain(data, 16, channels), expected)


@pytest.mark.parametrize(
    "data",
    [
        _jpeg(size=(16, 17)),
        _jpeg("L"),
        _jpeg("CMYK"),
        _jpeg(exif=EXIF),
        _jpeg(keep_rgb=True),
        b"\x89PNG",
        b"\xff\xd8",
        b"",
        _jpeg()[:30],
    ],
)
def test_the_others_go_the_long_way(data):
    assert not is_plain(data, 16, 3)
    assert decode_plain(data, 16, 3) is None


def test_a_damaged_one_goes_the_long_way():
    data = _jpeg(quality=100)
    assert is_plain(data[:-200], 16, 3)
    assert decode_plain(data[:-200], 16, 3) is None
