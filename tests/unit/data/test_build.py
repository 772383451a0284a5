import sys

import pytest

from onestage.data import DataError, ImageSource, build_source


@pytest.mark.parametrize("where", ["digits", "photographs"])
def test_named_sources_are_image_sources(where):
    source = build_source(where, image_size=16)
    assert isinstance(source, ImageSource)
    assert source.name == where
    assert source[0].shape == (source.channels, 16, 16)
    assert len(source.labels) == len(source)


@pytest.mark.parametrize("where", ["digits", "photographs"])
@pytest.mark.parametrize("channels", [1, 3])
def test_channels_can_be_chosen(where, channels):
    source = build_source(where, image_size=16, channels=channels)
    assert source.channels == channels
    assert source[-1].shape == (channels, 16, 16)


@pytest.mark.parametrize("where", ["digits", "photographs"])
def test_an_index_past_the_end_ends_a_for_loop(where):
    source = build_source(where, image_size=8)
    with pytest.raises(IndexError):
        source[len(source)]


@pytest.mark.parametrize("options", [{"image_size": 0}, {"image_size": 16, "channels": 2}])
def test_impossible_options(options):
    with pytest.raises(DataError, match="give"):
        build_source("digits", **options)


def test_missing_folder():
    with pytest.raises(DataError, match="nowhere does not exist"):
        build_source("nowhere", image_size=16)


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "onestage.data._digits", raising=False)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DataError, match=r"needs sklearn.datasets.*pip install 'onestage\[demo\]'"):
        build_source("digits", image_size=16)
