import pytest
from _quality.summary import by_method, summarize


def _record(method, seed, fid, seconds):
    return {
        "method": method,
        "seed": seed,
        "steps_per_second": 10 / seconds,
        "block_seconds": [seconds] * 3,
        "equal_steps": {"fid": fid},
        "equal_time": {"fid": 2 * fid},
    }


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
