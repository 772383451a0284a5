import os
import sys

import pytest

from onestage.data import DataError, ImageSource, absolute_source, build_source


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


def test_a_missing_library_of_the_hub_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DataError, match=r"needs datasets.*pip install 'onestage\[hf\]'"):
        build_source("hf:owner/name", image_size=16)


def test_points_have_no_image_size():
    with pytest.raises(DataError, match="ring is a set of points"):
        build_source("ring", image_size=16)


@pytest.mark.parametrize("where", ["digits", "photographs", "ring", "hf:a/b", "https://a/b.tar"])
def test_names_are_the_same_everywhere(where):
    assert absolute_source(where) == where


@pytest.mark.parametrize("where", ["./digits", "a.zip", "shards/{0..3}.tar", "/x/y"])
def test_paths_are_made_absolute(where, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert absolute_source(where) == os.path.normpath(tmp_path / where)
