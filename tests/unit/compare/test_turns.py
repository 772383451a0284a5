import pytest
import torch

from onestage.apps import build_game
from onestage.compare._turns import Contender, turn_length


@pytest.fixture
def contender(tiny):
    def build(clock=None, **changes):
        plan = tiny()
        config = tiny(settings={**plan.settings, **changes}).unit("lsgan", 0).config("one-stage")
        game = build_game(config)
        return Contender(game) if clock is None else Contender(game, clock)

    return build


def test_a_turn_is_a_fiftieth_of_a_run_and_50_steps_at_most():
    assert [turn_length(steps) for steps in (1, 20, 500, 47484)] == [1, 1, 10, 50]


def test_the_first_turn_and_a_short_one_are_not_timed(contender):
    ticks = iter([0.0, 9.0, 10.0, 12.0, 12.0, 20.0])
    found = contender(lambda: next(ticks), steps=100)
    for until in (100, 100, 3 + 2):
        found.train(until)
    assert found.turn == 2
    assert found.seconds == [2.0]
    assert found.seconds_per_step == pytest.approx(1.0)
    assert found.total_seconds == pytest.approx(9 + 2 + 8)


def test_nothing_is_trained_beyond_where_it_is_to_stop(contender):
    found = contender()
    for _ in range(5):
        found.train(3)
    assert found.game.count == 3


def test_a_snapshot_is_the_average_at_its_step(contender):
    found = contender()
    found.train(20)
    found.keep_snapshot(20)
    early = next(found.snapshots[1].parameters()).clone()
    found.train(20)
    found.keep_snapshot(20)
    assert torch.equal(early, next(found.snapshots[1].parameters()))
    assert not torch.equal(early, next(found.snapshots[2].parameters()))


def test_the_snapshots_near_the_target_stay_and_the_last_one(contender):
    found = contender(steps=40)
    while found.game.count < 40:
        found.train(40)
        found.keep_snapshot(20)
    kept = sorted(found.snapshots)
    assert len(kept) == 24
    assert kept[-1] == 40
    assert kept[:-1] == list(range(kept[0], kept[0] + 23))
    assert kept[0] <= 10 <= 30 <= kept[-2] + 2


def test_one_that_diverges_stops(contender):
    found = contender(generator={"learning_rate": 1e38, "base_width": 4, "latent_dim": 4})
    for _ in range(20):
        found.train(20)
        found.keep_snapshot(20)
    assert found.diverged_at is not None
    assert found.game.count == found.diverged_at < 20
    assert found.snapshots == {}
