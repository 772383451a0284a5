import pytest
from _quality.summary import bootstrap_ratio, by_method, geometric_mean, summarize


def _record(method, seed, fid, seconds):
    return {
        "method": method,
        "seed": seed,
        "steps_per_second": 10 / seconds,
        "block_seconds": [seconds] * 3,
        "equal_steps": {"fid": fid},
        "equal_time": {"fid": 2 * fid},
    }


def test_a_ratio_and_its_inverse_cancel():
    assert geometric_mean([0.5, 2.0]) == pytest.approx(1.0)


def test_equal_ratios_leave_no_doubt():
    interval = bootstrap_ratio([2.0, 4.0, 6.0], [1.0, 2.0, 3.0])
    assert (interval.estimate, interval.low, interval.high) == pytest.approx((2.0, 2.0, 2.0))


def test_the_interval_holds_the_estimate_and_stays_within_the_ratios():
    interval = bootstrap_ratio([1.0, 1.2, 0.9, 1.1, 1.3], [1.0] * 5)
    assert 0.9 <= interval.low < interval.estimate < interval.high <= 1.3


def test_the_interval_is_that_of_the_normal_approximation_for_many_pairs():
    ratios = [1.1, 1 / 1.1] * 200  # log-ratios of standard deviation log 1.1
    interval = bootstrap_ratio(ratios, [1.0] * 400)
    width = 1.1 ** (1.645 / 20)
    assert interval.high == pytest.approx(width, rel=2e-3)
    assert interval.low == pytest.approx(1 / width, rel=2e-3)


def test_the_interval_is_the_same_each_time():
    fids = [1.0, 1.2, 0.9], [1.1, 1.0, 1.0]
    assert bootstrap_ratio(*fids) == bootstrap_ratio(*fids)


@pytest.mark.parametrize("pairs", [([], []), ([1.0], [1.0, 2.0]), ([0.0], [1.0])])
def test_what_has_no_ratio_is_refused(pairs):
    with pytest.raises(ValueError, match=r"make no pairs|not positive"):
        bootstrap_ratio(*pairs)


def test_the_summary_holds_one_stage_against_two():
    records = [
        _record("one-stage", 0, 3.0, 0.5),
        _record("two-stage-tuned", 0, 2.0, 0.6),
        _record("one-stage", 1, 3.0, 0.5),
        _record("two-stage-tuned", 1, 2.0, 0.7),
    ]
    summary = summarize(records)
    assert summary.speed_up == pytest.approx(0.65 / 0.5)
    assert (summary.slowest, summary.fastest) == pytest.approx((1.2, 1.4))
    assert summary.equal_steps.estimate == pytest.approx(1.5)
    assert summary.equal_time.estimate == pytest.approx(1.5)


def test_unpaired_seeds_are_refused():
    records = [_record("one-stage", 0, 3.0, 0.5), _record("two-stage-tuned", 1, 2.0, 0.6)]
    with pytest.raises(ValueError, match="same seeds"):
        summarize(records)


def test_records_keep_their_order():
    records = [_record("one-stage", seed, 1.0, 1.0) for seed in (3, 1, 2)]
    assert [record["seed"] for record in by_method(records, "one-stage")] == [3, 1, 2]
