import re

import pytest
from tests.unit.report._folders import evaluation, log_of, write_run
from tests.unit.report._html import Page

from onestage.report import write_report

ATTACK = "<script>alert('1')</script>\"><img src=x onerror=alert(2)>"


def _write(tmp_path, *paths):
    out = tmp_path / "report.html"
    write_report(paths, out)
    return out.read_text(encoding="utf-8")


def _assert_self_contained(html):
    page = Page(html)
    for name, attributes in page.elements:
        for attribute in ("src", "href", "data", "action", "srcset"):
            value = attributes.get(attribute)
            assert value is None or value.startswith(("data:", "#")), (name, value)
        assert not any(attribute.startswith("on") for attribute in attributes), name
    assert "@import" not in html
    assert "url(" not in html
    assert "://" not in html
    return page


def test_a_page_of_one_run(tmp_path):
    page = _assert_self_contained(_write(tmp_path, write_run(tmp_path / "one")))
    assert page.text("h1") == ["one"]
    headings = ["Samples", "Metrics", "Curves", "Strategy", "Settings"]
    assert page.text("h2") == page.text("a") == headings
    assert page.text("pre") == [
        "strategy: ratio (PerSampleRatio)\nwhy:      D gives one logit per sample."
    ]
    facts = dict(zip(page.text("dt"), page.text("dd"), strict=True))
    assert facts["data"] == "digits"
    assert (facts["steps"], facts["training time"]) == ("300", "6 s")
    assert page.all("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all(
        "meta"
    )


def test_a_page_of_several_runs(tmp_path):
    paths = [write_run(tmp_path / name, {"seed": i}) for i, name in enumerate(("one", "two"))]
    write_run(tmp_path / "three", strategy="strategy: dual\n")
    page = _assert_self_contained(_write(tmp_path, *paths, tmp_path / "three"))
    assert page.text("h1") == ["3 runs"]
    assert page.text("h3") == ["one, two", "three"]


def test_identifiers_are_used_once(tmp_path):
    paths = [write_run(tmp_path / name, {"seed": i}) for i, name in enumerate(("one", "two"))]
    page = Page(_write(tmp_path, *paths))
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(identifiers)) == len(identifiers)
    labels = [a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a]
    assert {name for label in labels for name in label.split()} <= set(identifiers)


def test_sections_without_content_are_left_out(tmp_path):
    path = write_run(tmp_path / "one", records=log_of(2), pictures=(), strategy="")
    assert Page(_write(tmp_path, path)).text("h2") == ["Curves", "Settings"]


@pytest.mark.parametrize("several", [False, True])
def test_text_from_files_stays_text(tmp_path, several):
    """Whatever a name or a value looks like, it brings no element along."""
    attack = {ATTACK: 1.0}
    settings = {"preset": ATTACK, ATTACK: ATTACK, "data": {"source": ATTACK}}
    records = [{"step": s, "r1": 1.0, **attack} for s in (1, 2)]
    records += [evaluation(s, 1.0, reference=ATTACK, warnings=[ATTACK]) for s in (1, 2)]
    name = ATTACK.replace("/", "\N{FRACTION SLASH}")
    paths = [write_run(tmp_path / name, settings, records, strategy=ATTACK)]
    paths += [write_run(tmp_path / "b", settings | {"seed": 1}, records)] if several else []
    html = _write(tmp_path, *paths)
    page = _assert_self_contained(html)
    assert ATTACK in page.text("pre")
    assert len(page.all("script")) == 1
    assert len(page.all("img")) == 3 * len(paths)
    assert "onerror=alert" in html  # it is there, and harmless


def test_a_long_run_stays_small(tmp_path):
    path = write_run(tmp_path / "one", records=log_of(20_000), pictures=tuple(range(100)))
    html = _write(tmp_path, path)
    assert len(html) < 1_000_000
    assert max(len(line.split()) for line in re.findall(r'points="([^"]*)"', html)) <= 500


def test_it_replaces_an_older_page_and_leaves_nothing_beside_it(tmp_path):
    path = write_run(tmp_path / "one")
    before = {file.name for file in path.iterdir()}
    for _ in range(2):
        write_report([path], path / "report.html")
    assert {file.name for file in path.iterdir()} == before | {"report.html"}
