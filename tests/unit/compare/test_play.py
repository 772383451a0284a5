import itertools
import json

import pytest
import torch

from onestage.apps import build_game
from onestage.compare import describe_recipe, equal_time_steps, play
from onestage.compare._play import _target, _train
from onestage.compare._turns import Contender
from onestage.compare._unfinished import Unfinished


def test_equal_time_is_so_many_steps_of_the_slower():
    assert equal_time_steps(500, 0.010, 0.0125) == pytest.approx(400)
    assert equal_time_steps(500, 0.010, 0.008) == pytest.approx(625)


def test_what_was_not_timed_is_taken_to_be_level():
    assert equal_time_steps(500, None, 0.01) == equal_time_steps(500, 0.01, None) == 500


def contenders(tiny, seconds, **changes):
    """Two methods whose clocks pass so many seconds at each turn."""
    plan = tiny(settings={**tiny().settings, **changes})
    found = {}
    for method, length in seconds.items():
        ticks = iter(range(10**6))
        clock = lambda ticks=ticks, length=length: next(ticks) * length  # noqa: E731
        found[method] = Contender(build_game(plan.unit("lsgan", 0).config(method)), clock)
    return found


def test_the_slower_method_is_measured_where_it_stands_at_equal_time(tiny):
    both = contenders(tiny, {"one-stage": 1.0, "two-stage-tuned": 2.0})
    _train(both, 20, lambda: None, Unfinished(None))
    slower = both["two-stage-tuned"]
    assert _target(slower, both["one-stage"]) == pytest.approx(10)
    assert {10, 20} <= slower.snapshots.keys()


def test_a_faster_method_is_trained_on_to_where_it_would_stand(tiny):
    both = contenders(tiny, {"one-stage": 3.0, "two-stage-tuned": 2.0})
    _train(both, 20, lambda: None, Unfinished(None))
    faster = both["two-stage-tuned"]
    assert faster.game.count == 30
    assert {20, 30} <= faster.snapshots.keys()
    assert faster.total_seconds == pytest.approx(20 * 2 + 10 * 2)


def test_turns_that_one_method_takes_alone_do_not_count_to_its_speed(tiny):
    """The machine is three times as fast once the others are done."""
    both = contenders(tiny, {"one-stage": 9.0, "two-stage-tuned": 3.0})
    faster, now, ticks = both["two-stage-tuned"], [0.0], itertools.count()

    def clock() -> float:
        now[0] += (3.0 if faster.game.count <= 20 else 1.0) * (next(ticks) % 2)
        return now[0]

    faster._clock = clock
    _train(both, 20, lambda: None, Unfinished(None))
    assert faster.game.count == 60
    assert faster.seconds_per_step == pytest.approx(3.0)
    assert _target(faster, both["one-stage"]) == pytest.approx(60)
    assert faster.total_seconds < 60 * 3.0


def test_the_order_of_the_turns_alternates(tiny):
    both = contenders(tiny, {"one-stage": 1.0, "two-stage-tuned": 1.0}, steps=3)
    turns = []
    for name, contender in both.items():
        train = contender.train
        contender.train = lambda until, n=name, t=train: (turns.append(n), t(until))
    _train(both, 3, lambda: None, Unfinished(None))
    one, two = "one-stage", "two-stage-tuned"
    assert turns == [two, one, one, two, two, one]


def test_a_record_for_each_method(tiny):
    methods = ("one-stage", "two-stage-tuned", "two-stage-naive")
    calls = []
    records = play(tiny(methods=methods).unit("lsgan", 3), lambda: calls.append(1))
    assert [record["method"] for record in records] == list(methods)
    assert len(calls) >= 3 * 20
    for record in records:
        assert record["config"]["seed"] == record["seed"] == 3
        assert record["metrics"]["fid"] > 0
        assert record["metrics"]["feature_network"] == "pixels-8x8"
        assert record["seconds"] > 0
        assert record["steps"] == 20
    one, tuned, naive = records
    assert one["metrics_at_equal_time"] == one["metrics"]
    assert one["equal_time_steps"] == 20
    assert one["flops"] < tuned["flops"] < naive["flops"]
    assert one["peak_bytes"] <= 1.1 * tuned["peak_bytes"]
    json.dumps(records)


def test_the_methods_begin_alike_and_only_the_seed_differs(tiny):
    first, again = (play(tiny().unit("lsgan", 1)) for _ in range(2))
    for a, b in zip(first, again, strict=True):
        assert a["metrics"]["fid"] == b["metrics"]["fid"]
    (other, _) = play(tiny().unit("lsgan", 2))
    assert other["metrics"]["fid"] != first[0]["metrics"]["fid"]


def test_a_run_that_diverges_is_a_record_too(tiny):
    player = {"learning_rate": 1e38, "base_width": 4, "latent_dim": 4}
    plan = tiny(settings={**tiny().settings, "generator": player})
    for record in play(plan.unit("lsgan", 0)):
        assert record["diverged_at"] <= 20
        assert record["metrics"] is record["metrics_at_equal_time"] is None


def test_the_threads_are_the_callers_again(tiny):
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        play(tiny(settings={**tiny().settings, "steps": 2}).unit("lsgan", 0))
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_a_recipe_is_told_in_a_few_words(tiny):
    both = {"learning_rate": 1e-3, "beta1": 0.25, "beta2": 0.99, "optimism": 0.0}

    def described(generator):
        settings = {"generator": {**both, **generator}, "discriminator": both}
        return describe_recipe(tiny(settings=settings).unit("lsgan", 0).config("one-stage"))

    assert described({}) == "adam 0.001 (0.25, 0.99)"
    assert described({"optimism": 0.5}) == (
        "G adam 0.001 (0.25, 0.99) optimism 0.5, D adam 0.001 (0.25, 0.99)"
    )
