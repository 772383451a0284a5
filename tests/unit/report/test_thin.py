import random
from itertools import pairwise

import pytest

from onestage.report._thin import smooth, spread, thin, thin_spans


def test_few_points_are_all_kept():
    points = [(float(i), -float(i)) for i in range(500)]
    assert thin(points) == points


@pytest.mark.parametrize("number", [501, 1000, 20_011])
def test_no_spike_is_lost(number):
    points = [(float(i), random.Random(i).random()) for i in range(number)]
    points[number // 3] = (float(number // 3), 50.0)
    points[number // 2] = (float(number // 2), -50.0)
    kept = thin(points)
    assert len(kept) <= 500
    assert {points[number // 3], points[number // 2]} <= set(kept) <= set(points)
    assert kept == sorted(kept)


def test_a_stretch_of_equal_values_is_one_point():
    assert len(thin([(float(i), 1.0) for i in range(1000)], 10)) == 5


def test_spans_are_as_wide_as_their_stretch():
    spans = [(float(i), -float(i), float(i)) for i in range(10)]
    assert thin_spans(spans, 2) == [(2.0, -4.0, 4.0), (7.0, -9.0, 9.0)]
    assert thin_spans(spans, 10) == spans


def test_medians_do_not_see_a_spike():
    points = [(float(i), 1.0 if i % 10 else 1e6) for i in range(100)]
    assert smooth(points, 4) == [(12.0, 1.0), (37.0, 1.0), (62.0, 1.0), (87.0, 1.0)]


@pytest.mark.parametrize(
    ("number", "limit", "expected"),
    [(3, 5, [0, 1, 2]), (10, 4, [0, 3, 6, 9]), (10, 2, [0, 9]), (10, 1, [9]), (0, 4, [])],
)
def test_spread(number, limit, expected):
    assert spread(range(number), limit) == expected


def test_spread_takes_none_twice():
    kept = spread(range(41), 40)
    assert len(set(kept)) == 40
    assert max(b - a for a, b in pairwise(kept)) == 2
