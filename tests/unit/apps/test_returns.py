"""A run that has gone back to a checkpoint does not repeat the very steps that failed."""

import copy
import functools

import pytest
import torch

from onestage.apps import build_game
from onestage.apps.adaptation import build_adapt_config, build_adaptation
from onestage.apps.distillation import (
    build_distillation,
    build_distillation_config,
    build_teacher,
)
from onestage.training import (
    RunFolder,
    SilentReporter,
    StepState,
    StopRequest,
    Trainer,
    build_config,
    latest_checkpoint,
    list_checkpoints,
    load_checkpoint,
    seed_after,
)

RING = {"data": {"source": "ring"}, "device": "cpu", "threads": 1}


def ring():
    return build_game(build_config(RING))


def digits():
    small = {"generator": {"base_width": 4}, "discriminator": {"base_width": 4}, "batch_size": 4}
    return build_game(build_config({**small, "device": "cpu", "threads": 1}))


def adaptation():
    small = {"batch_size": 8, "base_width": 4, "threads": 1, "device": "cpu"}
    return build_adaptation(build_adapt_config(small))


@functools.cache
def teacher(config):
    return build_teacher(config)


def distillation():
    small = {"batch_size": 8, "student_steps": 1, "threads": 1, "device": "cpu"}
    config = build_distillation_config({**small, "evaluate_samples": 0})
    return build_distillation(config, teacher(config))


GAMES = {f.__name__: f for f in (ring, digits, adaptation, distillation)}


def steps(game, count=3):
    """What so many steps measure."""
    found = [game.step() for _ in range(count)]
    return [{name: value.item() for name, value in step.items()} for step in found]


@pytest.mark.parametrize("name", GAMES)
def test_after_a_return_other_numbers_are_drawn_and_they_are_saved(name):
    game = GAMES[name]()
    steps(game)
    saved = copy.deepcopy(game.state())
    undisturbed = steps(game)
    game.load_state(copy.deepcopy(saved))
    assert steps(game) == undisturbed  # going back alone is to do the same again

    found = {}
    for returns in (1, 2):
        game.load_state(copy.deepcopy(saved))
        game.draw_anew(returns)
        steps(game, 2)
        half = copy.deepcopy(game.state())
        found[returns] = steps(game)
        other = GAMES[name]()
        other.load_state(half)
        assert steps(other) == found[returns]
    game.load_state(copy.deepcopy(saved))
    game.draw_anew(1)
    assert steps(game)[0] != undisturbed[0]
    assert found[1] != found[2]
    game.load_state(copy.deepcopy(saved))
    assert steps(game) == undisturbed


@pytest.mark.parametrize("name", GAMES)
def test_what_was_saved_before_returns_were_counted_goes_on_as_it_did(name):
    game = GAMES[name]()
    steps(game)
    saved = copy.deepcopy(game.state())
    undisturbed = steps(game)
    old = {key: value for key, value in saved.extra.items() if key != "returns"}
    game.draw_anew(1)
    game.load_state(StepState(saved.weights, old))
    assert steps(game) == undisturbed


class Fragile:
    """A run whose gradients are not finite from step 13 on, with the noise that it draws first."""

    def __init__(self, folder, stop_after=None):
        settings = {"steps": 20, "checkpoint_every": 4, "log_every": 2, "max_skipped": 3}
        self.config = build_config({**RING, **settings, "evaluate_samples": 0, "sample_every": 0})
        self.game = build_game(self.config)
        run = RunFolder.open(folder) if folder.exists() else RunFolder.create(folder, self.config)
        self.trainer = Trainer(self.game, self.config, run)
        if list_checkpoints(run.checkpoints):
            self.trainer.restore(load_checkpoint(latest_checkpoint(run.checkpoints)))
        self.stop_after = stop_after
        next(self.game.generator.parameters()).register_hook(self.look)

    def look(self, gradient):
        returns, step = self.game.state().extra["returns"], self.game.count + 1
        if (returns, step) == self.stop_after:
            self.trainer.stop()
        return gradient * torch.nan if not returns and step >= 13 else gradient

    def train(self):
        with StopRequest() as stop:
            self.trainer.run(stop, SilentReporter())
        return [p.detach().clone() for p in self.game.generator.parameters()]


@pytest.mark.parametrize("stop_after", [(0, 10), (0, 15), (1, 14), (1, 16)])
def test_a_run_that_goes_back_ends_the_same_however_often_it_is_stopped(tmp_path, stop_after):
    whole = Fragile(tmp_path / "whole")
    expected = whole.train()
    assert whole.game.count == 20
    assert whole.game.state().extra["returns"] == 1
    Fragile(tmp_path / "run", stop_after).train()
    resumed = Fragile(tmp_path / "run")
    assert (resumed.game.state().extra["returns"], resumed.game.count) == stop_after
    assert all(map(torch.equal, expected, resumed.train()))


def test_without_a_return_the_seed_is_the_runs_own():
    assert seed_after(0, 7) == 7
    assert len({7, seed_after(1, 7), seed_after(2, 7), seed_after(1, 8)}) == 4
