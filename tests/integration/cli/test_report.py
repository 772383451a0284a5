"""`onestage report`: where the page goes, and what is refused."""

import pytest
from cyclopts import App
from tests.unit.report._folders import write_run

from onestage.cli._report import report
from onestage.cli._terminal import Terminal
from onestage.training import RunFolder


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A place with two runs, one that nothing came of, and a folder that is no run."""
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "one")
    write_run(tmp_path / "two", {"seed": 1})
    write_run(tmp_path / "begun", records=[], pictures=())
    (tmp_path / "photographs").mkdir()
    return tmp_path


def _run(*arguments):
    app = App()
    app.default(report)
    answer = app(arguments, result_action="return_value", exit_on_error=False)
    Terminal().answer(answer)


def test_one_run_has_its_report_in_its_folder(here, capsys):
    _run("one")
    assert capsys.readouterr().out == "Report: one/report.html\n"
    assert "<h1>one</h1>" in (here / "one" / "report.html").read_text()
    RunFolder.open(here / "one")


def test_several_have_theirs_here(here, capsys):
    _run("one", "two")
    assert capsys.readouterr().out == "Report: report.html\n"
    assert "<h1>2 runs</h1>" in (here / "report.html").read_text()


def test_a_name_of_ones_own(here, capsys):
    for _ in range(2):  # it replaces an older one
        _run("one", "--out", "photographs/page.htm")
    assert capsys.readouterr().out == "Report: photographs/page.htm\n" * 2
    assert not (here / "one" / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nowhere", "nowhere is not the folder of a run: it does not exist"),
        ("one photographs", "photographs is not the folder of a run: it has no config.yaml"),
        ("begun", "begun has nothing to show yet"),
        ("one one", "one is given twice"),
        ("one --out one/config.yaml", "--out is one/config.yaml: give a name that ends in .html"),
        ("one --out there/a.html", "There is no folder there to write a.html to"),
    ],
)
def test_it_refuses(here, arguments, message):
    before = sorted(here.rglob("*"))
    with pytest.raises(ValueError, match=message) as caught:
        _run(*arguments.split())
    assert "\n" not in str(caught.value)
    assert sorted(here.rglob("*")) == before
