import json

import pytest
import torch
from _quality.play import BLOCK, METHODS, Contender, play

from onestage.apps.image_gan import build_image_gan
from onestage.training import build_config


def test_both_methods_are_trained_and_measured(tmp_path, monkeypatch):
    monkeypatch.setattr("_quality.play.Evaluator", _evaluator)
    records = play(seed=3, steps=3 * BLOCK, threads=1)
    assert [record["method"] for record in records] == list(METHODS)
    for record in records:
        # The first block warms up; who is faster goes on for as long as the other took, and that
        # may be nearer to the end of the block before.
        blocks = max(3 * BLOCK, record["equal_time_steps"]) // BLOCK
        assert len(record["block_seconds"]) + 1 - blocks in (0, 1)
        assert record["equal_steps"]["fid"] > 0
        assert record["config"]["seed"] == 3
    assert records[0]["equal_time_steps"] == 3 * BLOCK
    assert records[0]["equal_time"] == records[0]["equal_steps"]
    assert records[1]["equal_time_steps"] % BLOCK == 0
    json.dumps(records)


def _evaluator(source):
    """FID on pixels: the classifier would have to be trained."""
    from onestage.metrics import Evaluator, PixelFeatures

    return Evaluator(source, feature_network=PixelFeatures().eval(), kid_subsets=1)


def test_a_snapshot_is_the_average_at_its_step():
    contender = Contender(build_image_gan(build_config({"steps": 20, "batch_size": 4})))
    contender.train(20)
    early = next(contender.snapshots[BLOCK].parameters()).clone()
    contender.train(20)
    assert torch.equal(early, next(contender.snapshots[BLOCK].parameters()))
    assert not torch.equal(early, next(contender.snapshots[2 * BLOCK].parameters()))


def test_the_first_block_and_a_short_one_are_not_timed():
    contender = Contender(build_image_gan(build_config({"steps": 25, "batch_size": 4})))
    ticks = iter([0.0, 9.0, 10.0, 12.0, 12.0, 20.0])
    for _ in range(3):
        contender.train(25, clock=lambda: next(ticks))
    assert contender.seconds == [2.0]
    assert contender.steps_per_second == pytest.approx(BLOCK / 2)
    assert sorted(contender.snapshots) == [10, 20, 25]
