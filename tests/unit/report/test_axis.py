import pytest

from onestage.report._axis import fit_axis, log_axis


def test_the_ends_are_ticks_and_hold_all_values():
    axis = fit_axis([0.13, 0.47], 100, 0)
    assert axis.ticks == pytest.approx((0.1, 0.2, 0.3, 0.4, 0.5))
    assert (axis.low, axis.high, axis.is_log) == (pytest.approx(0.1), pytest.approx(0.5), False)
    assert [axis.place(value) for value in (0.1, 0.3, 0.5)] == [100, 50, 0]


def test_what_lies_outside_stands_at_the_end():
    axis = fit_axis([0, 1], 0, 10)
    assert (axis.place(-5), axis.place(5)) == (0, 10)


def test_steps_end_where_the_run_does():
    axis = fit_axis([0, 50, 730], 0, 100, tight=True)
    assert (axis.low, axis.high) == (0, 730)
    assert axis.ticks == pytest.approx((0, 200, 400, 600))


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0, 1e-9])
def test_one_value_is_in_the_middle(value):
    axis = fit_axis([value], 0, 100)
    assert axis.low < value < axis.high
    assert len(axis.ticks) >= 3


def test_orders_of_magnitude():
    axis = fit_axis([0.02, 30.0], 0, 40)
    assert axis.is_log
    assert axis.ticks == pytest.approx((0.01, 0.1, 1, 10, 100))
    assert [axis.place(value) for value in (0.01, 1, 100, 0)] == [0, 20, 40, 0]


@pytest.mark.parametrize("values", [(1.0, 50.0), (0.0, 1000.0), (-1.0, 1000.0)])
def test_linear_where_it_can_be(values):
    assert not fit_axis(values, 0, 1).is_log


@pytest.mark.parametrize(("low", "high"), [(1e-30, 1e19), (1.0, 1.0), (1e-3, 1e-2)])
def test_few_ticks_over_many_decades(low, high):
    axis = log_axis(low, high, 0, 1)
    assert axis.low <= low <= high <= axis.high
    assert len(axis.ticks) <= 5
