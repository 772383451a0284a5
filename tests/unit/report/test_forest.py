import math

import pytest
from tests.unit.report._html import Page

from onestage.report._forest import Row, as_ratio, draw_forest
from onestage.report._table import Interval

KINDS = ("at equal steps", "at equal time")


def _draw(*rows):
    return Page(draw_forest("FID", KINDS, rows, "Left of 1 is better.", "f"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.25, 1.25),
        (2, 2.0),
        ({"ratio": 0.9, "low": 0.8, "high": 1.1}, Interval(0.9, 0.8, 1.1)),
        ({"ratio": 0.9}, 0.9),
        ({"ratio": 0.9, "low": 0.0, "high": 1.1}, 0.9),
        ({"ratio": 0.9, "low": None, "high": math.nan}, 0.9),
        ({"ratio": -1.0}, None),
        ({"fid": 30.0}, None),
        (0.0, None),
        (None, None),
        ("1", None),
    ],
)
def test_what_is_a_ratio(value, expected):
    assert as_ratio(value) == expected


def test_better_is_left_of_one():
    page = _draw(Row("lsgan", [Interval(0.8, 0.7, 0.95), 1.2]))
    one = next(path["d"] for path in page.all("path") if path["class"] == "one")
    middle = float(one[1:].split(" ")[0])
    (line,) = (line for line in page.all("line") if "x1" in line)
    first = float(page.all("circle")[1]["cx"])  # after the legend's
    second = float(page.all("rect")[1]["x"]) + 3.5
    assert float(line["x1"]) < first < float(line["x2"]) < middle < second


def test_the_marks_differ_in_shape_and_are_said():
    page = _draw(Row("lsgan", [Interval(0.8, 0.7, 0.95), 1.2]), Row("wgan", [None, 1.5]))
    assert (len(page.all("circle")), len(page.all("rect"))) == (2, 3)
    assert page.text("desc") == [
        "lsgan: at equal steps 0.8 [0.7, 0.95], at equal time 1.2. wgan: at equal time 1.5."
    ]
    assert page.text("li") == list(KINDS)


@pytest.mark.parametrize("ends", [(0.99, 1.01), (0.2, 5.0), (0.001, 2000.0), (3.0, 4.0)])
def test_one_is_always_on_the_axis(ends):
    page = _draw(Row("lsgan", [Interval(1.0, *ends), ends[0]]))
    ticks = [text for text in page.text("text") if text != "lsgan"]
    assert "1" in ticks
    assert [float(tick) for tick in ticks] == sorted(map(float, ticks))


def test_rows_without_a_ratio_are_left_out():
    assert _draw(Row("lsgan", [1.0, 1.0]), Row("wgan", [None, None])).text("text")[-1] == "lsgan"
    assert draw_forest("FID", KINDS, [Row("wgan", [None, None])], "", "f") == ""
