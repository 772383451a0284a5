from itertools import pairwise

from tests.unit.report._html import Page

from onestage.report._chart import Curve, describe, draw_chart, mark


def _line(number, value=lambda i: float(i)):
    return [(i * 10.0, value(i)) for i in range(number)]


def test_a_curve_runs_from_corner_to_corner():
    page = Page(draw_chart("Loss", [Curve("D", _line(11))], key="k"))
    (line,) = page.all("polyline")
    places = [tuple(map(float, place.split(","))) for place in line["points"].split()]
    assert len(places) == 11
    assert places[0] == (46, 176)  # the frame's left and bottom
    assert places[-1][0] == 350  # its right
    assert all(b[0] > a[0] and b[1] < a[1] for a, b in pairwise(places))


def test_what_is_seen_is_said():
    page = Page(draw_chart("Loss", [Curve("D", _line(11, lambda i: i % 4 / 2))], "Why.", key="k"))
    (svg,) = page.all("svg")
    assert (svg["role"], svg["aria-labelledby"]) == ("img", "k-t k-d")
    assert page.all("title") == [{"id": "k-t"}]
    assert page.text("title") == page.text("figcaption") == ["Loss"]
    assert page.text("desc") == ["D: 0 at step 0, 1 at step 100; least 0, greatest 1.5."]
    assert page.text("p") == ["Why."]


def test_one_point_is_a_dot():
    page = Page(draw_chart("Loss", [Curve("D", [(300.0, 5.5)])], key="k"))
    assert len(page.all("circle")) == 1
    assert page.all("polyline") == []
    assert describe(Curve("D", [(300.0, 5.5)])) == "D: 5.5 at step 300."


def test_many_points_are_pale_and_their_medians_full():
    curve = Curve("D", _line(20_000, lambda i: 9.0 if i == 7777 else float(i % 10 == 0)))
    page = Page(draw_chart("Loss", [curve], key="k"))
    pale, full = page.all("polyline")
    heights = [{place.split(",")[1] for place in line["points"].split()} for line in (pale, full)]
    assert pale["class"] == "pale c0"
    assert 60 < len(pale["points"].split()) <= 500
    assert len(full["points"].split()) == 60
    assert len(heights[0]) == 3  # the spike among 0 and 1
    assert len(heights[1]) == 1


def test_a_band_goes_there_and_back():
    points = _line(3)
    band = [(at, value - 1, value + 1) for at, value in points]
    (polygon,) = Page(draw_chart("Ratio", [Curve("m", points, band)], key="k")).all("polygon")
    places = [tuple(map(float, place.split(","))) for place in polygon["points"].split()]
    assert [x for x, _ in places] == [46, 198, 350, 350, 198, 46]
    assert all(places[i][1] < places[-1 - i][1] for i in range(3))


def test_curves_are_told_apart_by_more_than_their_hue():
    assert len({mark(i) for i in range(32)}) == 32
    assert all(mark(i).split(" ", 1)[1:] != mark(i + 1).split(" ", 1)[1:] for i in range(31))


def test_the_legend_names_them_where_there_are_several():
    curves = [Curve("D", _line(2)), Curve("G & co", _line(2))]
    assert Page(draw_chart("Loss", curves, key="k")).text("li") == ["D", "G & co"]
    assert Page(draw_chart("Loss", curves[:1], key="k")).text("li") == []


def test_shares_are_read_from_zero():
    texts = Page(draw_chart("s", [Curve("s", _line(3, lambda i: 0.8))], key="k", is_share=True))
    assert "0" in texts.text("text")[:1]
