import pytest

from onestage.compare import summarize

ONE, TUNED, NAIVE = "one-stage", "two-stage-tuned", "two-stage-naive"


def record(method, seed, fid, speed, *, preset="lsgan", flops=100, smallest=0.05):
    metrics = None if fid is None else {"fid": fid, "smallest_class": smallest}
    timed = None if fid is None else {"fid": 2 * fid if method != ONE else fid}
    return {
        "preset": preset,
        "method": method,
        "seed": seed,
        "steps_per_second": speed,
        "diverged_at": 30 if fid is None else None,
        "metrics": metrics,
        "metrics_at_equal_time": timed,
        "flops": flops,
    }


def test_one_stage_is_held_against_two():
    records = [
        record(ONE, 0, 3.0, 20.0),
        record(TUNED, 0, 2.0, 16.0, flops=120),
        record(NAIVE, 0, 2.0, 10.0, flops=150),
        record(ONE, 1, 3.0, 20.0),
        record(TUNED, 1, 2.0, 16.0, flops=120),
        record(NAIVE, 1, 2.0, 10.0, flops=150),
    ]
    (row,) = summarize(records, TUNED)
    assert row["seeds"] == [0, 1]
    assert row["equal_steps"] == pytest.approx({"ratio": 1.5, "low": 1.5, "high": 1.5})
    assert row["equal_time"]["ratio"] == pytest.approx(0.75)
    assert row["speed_up"] == pytest.approx(1.25)
    assert row["speed_ups"] == pytest.approx({TUNED: 1.25, NAIVE: 2.0})
    assert row["allowed_speed_up"] == pytest.approx(1.2)
    assert row["diverged"] == {ONE: 0, TUNED: 0, NAIVE: 0}
    assert row["smallest_class"] == {ONE: 0.05, TUNED: 0.05, NAIVE: 0.05}


def test_seeds_are_paired_by_number_not_by_place():
    records = [
        record(ONE, 0, 1.0, 10.0),
        record(ONE, 1, 8.0, 10.0),
        record(TUNED, 1, 4.0, 10.0),
        record(TUNED, 0, 1.0, 10.0),
    ]
    (row,) = summarize(records, TUNED)
    assert row["equal_steps"]["low"] == pytest.approx(1.0)
    assert row["equal_steps"]["high"] == pytest.approx(2.0)


def test_a_seed_without_its_pair_does_not_count_and_one_seed_has_no_interval():
    records = [record(ONE, 0, 1.0, 10.0), record(TUNED, 0, 2.0, 10.0), record(ONE, 1, 9.0, 10.0)]
    (row,) = summarize(records, TUNED)
    assert row["seeds"] == [0]
    assert row["equal_steps"] == {"ratio": pytest.approx(0.5), "low": None, "high": None}


def test_a_run_that_diverged_is_counted_and_leaves_its_pair_out():
    records = [
        *(record(ONE, 0, None, 10.0), record(TUNED, 0, 2.0, 8.0)),
        *(record(ONE, 1, 3.0, 10.0), record(TUNED, 1, 2.0, 8.0)),
    ]
    (row,) = summarize(records, TUNED)
    assert row["diverged"] == {ONE: 1, TUNED: 0}
    assert row["seeds"] == [1]
    assert row["speed_up"] == pytest.approx(1.25)


def test_where_all_diverged_there_is_no_ratio():
    records = [record(ONE, 0, None, None), record(TUNED, 0, None, None)]
    (row,) = summarize(records, TUNED)
    assert row["equal_steps"] is row["equal_time"] is row["speed_up"] is None


def test_rows_keep_their_order_and_have_the_papers_figures_where_there_are_some():
    records = [
        record(method, 0, 1.0, 10.0, preset=preset)
        for preset in ("wgan", "r3gan")
        for method in (ONE, TUNED)
    ]
    wgan, r3gan = summarize(records, TUNED)
    assert wgan["paper"]["CelebA"] == {"two_stage": 33.30, "one_stage": 27.23}
    assert r3gan["paper"] is None
