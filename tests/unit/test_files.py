import pytest

from onestage._files import replacing


def test_the_file_is_replaced_at_the_end(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    with replacing(path) as place:
        place.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    with pytest.raises(OSError, match="full"), replacing(path) as place:
        place.write_text("a part")
        raise OSError("the disk is full")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
