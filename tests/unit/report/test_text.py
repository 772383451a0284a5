import math

import pytest

from onestage.report._text import escape, figure, is_number, short, titled, write_page


def test_escaped_text_cannot_leave_its_place():
    assert escape("<b a='1' b=\"2\">&") == "&lt;b a=&#x27;1&#x27; b=&quot;2&quot;&gt;&amp;"
    assert escape(3) == "3"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "\N{EN DASH}"),
        (True, "True"),
        (1234567, "1,234,567"),
        (0.123456, "0.1235"),
        (0.0, "0"),
        (123456.0, "1.23e+05"),
        (-0.00001234, "-1.23e-05"),
        (math.nan, "nan"),
        ("text", "text"),
    ],
)
def test_figures(value, shown):
    assert figure(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (1500, "1.5k"), (2e6, "2M"), (-3e9, "-3G"), (0.25, "0.25"), (1e-4, "1e-4")],
)
def test_ends_of_axes(value, shown):
    assert short(value) == shown


def test_what_counts_as_a_number():
    assert [is_number(v) for v in (1, 0.5, True, math.inf, math.nan, "1", None)] == [
        *(True, True),
        *(False,) * 5,
    ]


def test_names_as_headings():
    assert [titled(name) for name in ("smallest_class", "fid")] == ["smallest class", "FID"]


def test_a_page_replaces_an_older_one(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    write_page("n\N{LATIN SMALL LETTER E WITH ACUTE}w \udc80", path)  # a name that is no text
    assert path.read_bytes() == b"n\xc3\xa9w ?"
    assert list(tmp_path.iterdir()) == [path]
