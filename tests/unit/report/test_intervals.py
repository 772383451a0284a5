import pytest
from scipy import stats

from onestage.report._intervals import mean_of, student
from onestage.report._table import Interval


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 11, 20, 100, 10_000])
def test_students_quantile(freedom):
    assert student(freedom) == pytest.approx(stats.t.ppf(0.95, freedom), abs=1e-4)


def test_the_interval_is_students():
    values = [1.0, 2.0, 4.0]
    low, high = stats.t.interval(0.9, 2, loc=7 / 3, scale=stats.sem(values))
    found = mean_of(values)
    assert isinstance(found, Interval)
    assert (found.value, found.low, found.high) == pytest.approx((7 / 3, low, high), rel=1e-4)


@pytest.mark.parametrize("values", [[3.5], [3.5, 3.5]])
def test_nothing_to_tell_from_one_value(values):
    assert mean_of(values) == 3.5
