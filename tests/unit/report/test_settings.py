from tests.unit.report._folders import write_run
from tests.unit.report._html import Page

from onestage.report._read import read_runs
from onestage.report._settings import draw_settings


def _draw(*paths):
    return Page(draw_settings(read_runs(paths)))


def test_every_setting_of_one_run(tmp_path):
    page = _draw(write_run(tmp_path / "one", {"flip": True, "image_size": None}))
    assert page.text("th")[2:6] == ["preset", "method", "loss", "networks"]
    assert page.text("td")[-2:] == ["true", "unset"]
    assert "[]" in page.text("td")


def test_what_differs_comes_first(tmp_path):
    paths = [
        write_run(tmp_path / "one"),
        write_run(tmp_path / "two", {"loss": "hinge", "generator": {"learning_rate": 0.002}}),
    ]
    page = _draw(*paths)
    differing, shared = page.text("table")
    assert page.text("button")[:3] == ["setting", "one", "two"]
    assert "lossleast_squareshinge" in differing
    assert "generator.learning_rate0.0010.002" in differing
    assert "generator.decay_steps[]unset" in differing
    assert "networksdcgan" in shared
    assert "loss" not in shared
    assert page.text("summary") == ["6 settings alike"]


def test_runs_of_the_same_settings(tmp_path):
    page = _draw(write_run(tmp_path / "one"), write_run(tmp_path / "two"))
    assert page.text("p") == ["All runs have the same settings."]
