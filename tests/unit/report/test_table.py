import math

from tests.unit.report._html import Page

from onestage.report._table import Interval, draw_table


def _draw(*rows):
    return Page(draw_table("What & why", ["run", "FID"], rows))


def test_headings_are_buttons_and_rows_have_headings():
    page = _draw(["one", 2.0])
    assert page.text("button") == ["run", "FID"]
    assert [head["scope"] for head in page.all("th")] == ["col", "col", "row"]


def test_it_has_a_name_and_scrolls_by_keyboard():
    page = _draw(["one", 2.0])
    (region,) = page.all("div")
    assert (region["role"], region["tabindex"]) == ("region", "0")
    assert region["aria-label"] == page.all("table")[0]["aria-label"] == "What & why"
    assert page.text("figcaption") == ["What & why"]


def test_cells_sort_by_their_whole_number():
    page = _draw(["one", 1.23456789], [2, Interval(3.0, 2.5, 3.75)], ["x", None], ["y", math.inf])
    assert page.text("td") == ["1.235", "3 2.5\N{EN DASH}3.75", "\N{EN DASH}", "inf"]
    values = [cell.get("data-value") for cell in page.all("td")]
    assert values == ["1.23456789", "3.0", None, None]
    assert page.all("th")[3]["data-value"] == "2"


def test_long_text_is_broken_into_lines():
    short, long = _draw(["one", "a" * 40], ["two", "a" * 41]).all("td")
    assert (short, long) == ({}, {"class": "long"})


def test_an_interval_in_words():
    assert str(Interval(1.23456, 1, 2.0)) == "1.235 [1, 2]"
