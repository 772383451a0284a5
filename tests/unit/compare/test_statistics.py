import pytest

from onestage.compare import bootstrap_ratio, geometric_mean


def test_a_ratio_and_its_inverse_cancel():
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)


def test_two_pairs_have_the_interval_that_can_be_counted():
    """Means 1/2, 1 and 2 with probabilities 1/4, 1/2 and 1/4: both tails are beyond 5 %."""
    found = bootstrap_ratio([1.0, 4.0], [2.0, 2.0])
    assert (found.estimate, found.low, found.high) == pytest.approx((1.0, 0.5, 2.0))


def test_many_pairs_have_that_of_the_normal_approximation():
    found = bootstrap_ratio([1.1, 1 / 1.1] * 200, [1.0] * 400)
    width = 1.1 ** (1.645 / 20)  # log-ratios of standard deviation log 1.1
    assert found.high == pytest.approx(width, rel=2e-3)
    assert found.low == pytest.approx(1 / width, rel=2e-3)


def test_pairs_are_kept_together():
    """Seeds that are bad for both say nothing against either."""
    found = bootstrap_ratio([1.0, 100.0, 10.0], [1.0, 100.0, 10.0])
    assert (found.low, found.high) == pytest.approx((1.0, 1.0))


@pytest.mark.parametrize("pairs", [([], []), ([1.0], [1.0, 2.0]), ([0.0], [1.0])])
def test_what_has_no_ratio_is_refused(pairs):
    with pytest.raises(ValueError, match=r"make no pairs|not positive"):
        bootstrap_ratio(*pairs)


def test_the_interval_holds_the_estimate_and_stays_within_the_ratios():
    interval = bootstrap_ratio([1.0, 1.2, 0.9, 1.1, 1.3], [1.0] * 5)
    assert 0.9 <= interval.low < interval.estimate < interval.high <= 1.3


def test_the_interval_is_the_same_each_time():
    fids = [1.0, 1.2, 0.9], [1.1, 1.0, 1.0]
    assert bootstrap_ratio(*fids) == bootstrap_ratio(*fids)
