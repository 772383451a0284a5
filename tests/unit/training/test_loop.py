import os
import shutil
import signal

import pytest
import torch
from torch import nn

from onestage.training import (
    Checkpoint,
    CheckpointError,
    DivergedError,
    RunFolder,
    StepState,
    StopRequest,
    Trainer,
    build_config,
    build_reporter,
    checkpoint_step,
    latest_checkpoint,
    list_checkpoints,
    load_checkpoint,
    save_checkpoint,
)


class Descent:
    """The smallest game: one network, gradient descent on noise."""

    batch_size = 4

    def __init__(self, stop_at=None, nan_at=(), *, heals=False) -> None:
        self.count = 0
        self.network = nn.Linear(2, 1)
        with torch.no_grad():
            self.network.weight.fill_(1.0)
            self.network.bias.fill_(0.0)
        self.noise = torch.Generator().manual_seed(0)
        self.stop_at, self.nan_at, self.heals = stop_at, nan_at, heals
        self.returns = []

    def step(self):
        loss = self.network(torch.randn(4, 2, generator=self.noise)).square().mean()
        self.network.zero_grad()
        loss.backward()
        self.count += 1
        finite = torch.tensor(self.count not in self.nan_at)
        if finite:
            with torch.no_grad():
                for parameter in self.network.parameters():
                    parameter.sub_(0.01 * parameter.grad)
        if self.count == self.stop_at:
            os.kill(os.getpid(), signal.SIGTERM)
        return {"discriminator_loss": loss.detach(), "finite": finite}

    def diagnose(self):
        return "in a test"

    def draw(self, path):
        path.write_bytes(b"a picture")

    def evaluate(self):
        return {"weight": self.network.weight.sum().item()}

    def notes(self):
        return [f"a note at {self.count}"] if self.count in (0, 12) else []

    def facts(self):
        return {}

    def draw_anew(self, returns):
        self.returns.append(returns)

    def state(self):
        extra = {"count": self.count, "noise": self.noise.get_state()}
        return StepState({"network": self.network.state_dict()}, extra)

    def load_state(self, state):
        self.network.load_state_dict(state.weights["network"])
        self.noise.set_state(state.extra["noise"])
        self.count = state.extra["count"]
        self.nan_at = () if self.heals else self.nan_at


SETTINGS = {
    "steps": 20,
    "log_every": 4,
    "sample_every": 10,
    "checkpoint_every": 6,
    "evaluate_every": 10,
}


def build_trainer(step, folder, **settings):
    config = build_config({**SETTINGS, **settings})
    run = RunFolder.open(folder) if folder.exists() else RunFolder.create(folder, config)
    return Trainer(step, config, run), run


def train(trainer):
    with StopRequest() as stop:
        return trainer.run(stop, build_reporter(20))


def measured(run):
    """What the log says, time aside."""
    timing = ("seconds", "images_per_second")
    return [{k: v for k, v in r.items() if k not in timing} for r in run.records()]


def test_everything_is_written_at_its_interval_and_at_the_end(tmp_path):
    trainer, run = build_trainer(Descent(), tmp_path / "run")
    outcome = train(trainer)
    records = run.records()
    logged = [r["step"] for r in records if "discriminator_loss" in r]
    assert logged == [4, 8, 12, 16, 20]
    assert [r["step"] for r in records if "metrics" in r] == [10, 20]
    assert [r["step"] for r in records] == sorted(r["step"] for r in records)
    assert [p.name for p in list_checkpoints(run.checkpoints)] == ["step-0000018", "step-0000020"]
    assert sorted(p.name for p in run.samples.iterdir()) == [
        "step-0000010.png",
        "step-0000020.png",
    ]
    assert (outcome.steps, outcome.signal) == (20, None)
    assert outcome.metrics == {"weight": records[-1]["metrics"]["weight"]}
    assert outcome.grid == run.samples / "step-0000020.png"
    assert outcome.checkpoint == latest_checkpoint(run.checkpoints)
    assert all(r["images_per_second"] > 0 for r in records if "discriminator_loss" in r)
    assert all("finite" not in r for r in records)


def test_notes_are_told_before_the_first_step_and_where_it_is_logged(tmp_path, capsys):
    trainer, _ = build_trainer(Descent(), tmp_path / "run")
    train(trainer)
    told = [line for line in capsys.readouterr().err.splitlines() if "note" in line]
    assert told == ["a note at 0", "a note at 12"]


def test_zero_intervals_mean_only_at_the_end(tmp_path):
    trainer, run = build_trainer(
        Descent(), tmp_path / "run", sample_every=0, checkpoint_every=0, evaluate_samples=0
    )
    assert train(trainer).metrics is None
    assert len(list(run.samples.iterdir())) == 1
    assert len(list_checkpoints(run.checkpoints)) == 1


@pytest.mark.parametrize("stop_at", [6, 7, 9])
def test_a_stopped_run_goes_on_as_if_it_had_not_been(tmp_path, stop_at):
    whole = Descent()
    trainer, whole_run = build_trainer(whole, tmp_path / "whole")
    train(trainer)

    trainer, run = build_trainer(Descent(stop_at=stop_at), tmp_path / "run")
    outcome = train(trainer)
    assert (outcome.steps, outcome.signal) == (stop_at, signal.SIGTERM)
    run.log({"step": stop_at + 1})  # as if it had been killed after that step

    resumed = Descent()
    trainer, run = build_trainer(resumed, tmp_path / "run")
    trainer.restore(load_checkpoint(latest_checkpoint(run.checkpoints)))
    assert resumed.count == stop_at
    train(trainer)
    assert torch.equal(resumed.network.weight, whole.network.weight)
    assert measured(run) == measured(whole_run)


@pytest.mark.parametrize("at", [6, 7])  # 6 is saved at its interval
def test_a_game_may_end_its_run_itself(tmp_path, at):
    game = Descent()
    trainer, run = build_trainer(game, tmp_path / "run")
    step = game.step

    def last():
        if game.count + 1 == at:
            trainer.stop()
        return step()

    game.step = last
    outcome = train(trainer)
    assert trainer.is_stopped
    assert (outcome.steps, outcome.signal) == (at, None)
    assert load_checkpoint(latest_checkpoint(run.checkpoints)).step == at


def test_a_skipped_step_is_counted_and_the_run_goes_on(tmp_path):
    trainer, run = build_trainer(Descent(nan_at=(13,)), tmp_path / "run")
    assert train(trainer).steps == 20
    assert {r["step"]: r.get("skipped") for r in run.records() if "discriminator_loss" in r} == {
        4: None,
        8: None,
        12: None,
        16: 1,
        20: None,
    }


def test_too_many_skipped_steps_take_the_run_back_once_and_then_end_it(tmp_path, capsys):
    game = Descent(nan_at=range(13, 30))
    trainer, run = build_trainer(game, tmp_path / "run", max_skipped=2)
    with pytest.raises(DivergedError, match=r"from step 13 on; the first such value is in a test"):
        train(trainer)
    assert "Nothing was finite from step 13 on; going back to step 12, once." in (
        capsys.readouterr().err
    )
    assert [p.name for p in list_checkpoints(run.checkpoints)] == ["step-0000006", "step-0000012"]
    steps = [record["step"] for record in run.records()]
    assert steps == sorted(set(steps))


def test_a_fault_that_is_gone_the_second_time_leaves_no_trace(tmp_path):
    whole = Descent()
    trainer, whole_run = build_trainer(whole, tmp_path / "whole")
    train(trainer)
    flaky = Descent(nan_at=range(13, 17), heals=True)
    trainer, run = build_trainer(flaky, tmp_path / "run", max_skipped=2)
    train(trainer)
    assert flaky.returns == [1]  # asked for other noise, of which it has none
    assert torch.equal(flaky.network.weight, whole.network.weight)
    assert measured(run) == measured(whole_run)


def test_without_a_checkpoint_to_go_back_to_it_ends_at_once(tmp_path):
    trainer, _ = build_trainer(Descent(nan_at=range(30)), tmp_path / "run", max_skipped=0)
    with pytest.raises(DivergedError, match="from step 1 on"):
        train(trainer)


def test_a_checkpoint_of_another_game_is_refused(tmp_path):
    trainer, run = build_trainer(Descent(), tmp_path / "run")
    train(trainer)
    other = Descent()
    other.network = nn.Linear(3, 1)
    trainer, run = build_trainer(other, tmp_path / "run")
    with pytest.raises(CheckpointError, match="does not fit the networks"):
        trainer.restore(load_checkpoint(latest_checkpoint(run.checkpoints)))


def kept(run):
    return [checkpoint_step(path) for path in list_checkpoints(run.checkpoints)]


@pytest.mark.parametrize(("log_every", "noticed"), [(1, 31), (10, 40)])
def test_checkpoints_amid_skipped_steps_push_no_good_one_out(tmp_path, capsys, log_every, noticed):
    game = Descent(nan_at=range(11, 100))
    settings = {"steps": 60, "checkpoint_every": 4, "log_every": log_every}
    trainer, run = build_trainer(game, tmp_path / "run", **settings)
    seen = {}
    save = trainer._saver.save

    def watched(reporter):
        save(reporter)
        seen.setdefault(game.count, kept(run))

    trainer._saver.save = watched
    with pytest.raises(DivergedError, match="from step 11 on"):
        train(trainer)
    assert "going back to step 8, once" in capsys.readouterr().err
    amid = {step: [4, 8, step] for step in range(12, noticed + 1, 4)}
    assert seen == {4: [4], 8: [4, 8], **amid}
    assert kept(run) == [4, 8, max(amid)]  # the run ended a second time; it can be gone on with


def test_a_run_that_is_stopped_amid_skipped_steps_goes_on_and_goes_back(tmp_path, capsys):
    settings = {"max_skipped": 5, "checkpoint_every": 3, "log_every": 2}
    trainer, run = build_trainer(
        Descent(stop_at=11, nan_at=range(8, 30)), tmp_path / "run", **settings
    )
    train(trainer)
    assert kept(run) == [3, 6, 11]
    resumed = Descent(nan_at=range(8, 30), heals=True)
    trainer, run = build_trainer(resumed, tmp_path / "run", **settings)
    checkpoint = load_checkpoint(latest_checkpoint(run.checkpoints))
    old = {k: v for k, v in checkpoint.loop.items() if k not in ("first_skipped", "returns")}
    for loop in (checkpoint.loop, old):  # older versions wrote less
        trainer.restore(Checkpoint(checkpoint.step, checkpoint.state, loop))
        assert trainer._faults.first == 8
    resumed.nan_at = range(8, 30)
    assert train(trainer).steps == 20
    assert "from step 8 on; going back to step 6, once" in capsys.readouterr().err
    assert kept(run) == [18, 20]


def test_skipped_steps_that_are_over_cost_no_checkpoint_its_place(tmp_path):
    trainer, run = build_trainer(
        Descent(nan_at=range(7, 10)), tmp_path / "run", checkpoint_every=4, steps=20
    )
    train(trainer)
    assert kept(run) == [16, 20]


def test_each_return_is_counted_and_saved(tmp_path):
    for number in (1, 2):
        game = Descent(nan_at=range(13, 30))
        trainer, run = build_trainer(game, tmp_path / "run", max_skipped=2)
        if number == 2:
            trainer.restore(load_checkpoint(latest_checkpoint(run.checkpoints)))
        with pytest.raises(DivergedError):
            train(trainer)
        assert game.returns == [number]
        assert load_checkpoint(latest_checkpoint(run.checkpoints)).loop["returns"] == number


class Failing(Descent):
    """It cannot be evaluated at some steps."""

    def __init__(self, fails_at=(), **options):
        super().__init__(**options)
        self.fails_at = fails_at

    def evaluate(self):
        if self.count in self.fails_at:
            raise ValueError("it has no spread")
        return {"fid": abs(self.count - 11.0)}


@pytest.mark.parametrize("at", [10, 20])  # saved for no other reason, and the last
def test_an_evaluation_that_fails_costs_no_step(tmp_path, capsys, at):
    trainer, run = build_trainer(Failing(fails_at=(at,)), tmp_path / "run")
    with pytest.raises(ValueError, match="it has no spread"):
        train(trainer)
    assert load_checkpoint(latest_checkpoint(run.checkpoints)).step == at
    assert f"The evaluation of step {at} failed. The step is saved" in capsys.readouterr().err


def test_it_is_made_up_by_the_run_that_goes_on(tmp_path):
    whole = Failing()
    trainer, whole_run = build_trainer(whole, tmp_path / "whole")
    train(trainer)

    trainer, run = build_trainer(Failing(fails_at=(10,)), tmp_path / "run")
    with pytest.raises(ValueError, match="no spread"):
        train(trainer)
    for stop_at in (11, None):  # and by the first of them alone
        resumed = Failing(stop_at=stop_at)
        trainer, run = build_trainer(resumed, tmp_path / "run")
        trainer.restore(load_checkpoint(latest_checkpoint(run.checkpoints)))
        train(trainer)
    assert torch.equal(resumed.network.weight, whole.network.weight)
    assert measured(run) == measured(whole_run)
    assert best_step(run) == best_step(whole_run) == 10


def test_it_is_left_out_where_there_are_to_be_none(tmp_path):
    trainer, run = build_trainer(Failing(fails_at=(10, 20)), tmp_path / "run")
    with pytest.raises(ValueError, match="no spread"):
        train(trainer)
    trainer, run = build_trainer(Failing(fails_at=(10, 20)), tmp_path / "run", evaluate_samples=0)
    trainer.restore(load_checkpoint(latest_checkpoint(run.checkpoints)))
    assert train(trainer).steps == 20


class Measured(Descent):
    """The distance falls, then rises."""

    def evaluate(self):
        return {"fid": abs(self.count - 12.0)}


def best_step(run):
    (path,) = list_checkpoints(run.best)
    return load_checkpoint(path).step


def test_the_best_evaluation_is_kept(tmp_path):
    trainer, run = build_trainer(Measured(), tmp_path / "run", evaluate_every=5)
    train(trainer)
    assert best_step(run) == 10


def test_a_resumed_run_remembers_how_good_the_best_was(tmp_path):
    settings = {"evaluate_every": 5}
    trainer, run = build_trainer(Measured(stop_at=13), tmp_path / "run", **settings)
    train(trainer)
    trainer, run = build_trainer(Measured(), tmp_path / "run", **settings)
    trainer.restore(load_checkpoint(latest_checkpoint(run.checkpoints)))
    train(trainer)
    assert best_step(run) == 10


class Scripted(Descent):
    """Its distances are given, by step; others are large."""

    def __init__(self, fids, **options):
        super().__init__(**options)
        self.fids = fids

    def evaluate(self):
        return {"fid": self.fids.get(self.count, 100.0)}

    def load_state(self, state):
        super().load_state(state)
        if self.heals:
            self.fids = {15: 45.0, 20: 48.0}


def best_fid(run):
    (path,) = list_checkpoints(run.best)
    return load_checkpoint(path).loop["least_fid"]


def test_the_best_is_kept_where_the_run_goes_back_behind_it(tmp_path):
    game = Scripted({5: 60.0, 10: 50.0, 15: 20.0}, nan_at=range(17, 30), heals=True)
    settings = {"evaluate_every": 5, "checkpoint_every": 10, "log_every": 1, "max_skipped": 1}
    trainer, run = build_trainer(game, tmp_path / "run", **settings)
    train(trainer)
    assert (best_step(run), best_fid(run)) == (15, 20.0)


def test_the_best_is_kept_where_a_run_goes_on_from_before_it(tmp_path):
    settings = {"evaluate_every": 5, "checkpoint_every": 10}
    trainer, run = build_trainer(
        Scripted({10: 50.0, 15: 20.0}, stop_at=16), tmp_path / "run", **settings
    )
    train(trainer)
    shutil.rmtree(latest_checkpoint(run.checkpoints))  # as if it had been killed
    for fids, expected in (({12: 45.0}, (15, 20.0)), ({12: 15.0, 14: 17.0}, (12, 15.0))):
        trainer, run = build_trainer(
            Scripted(fids), tmp_path / "run", **{**settings, "evaluate_every": 2, "steps": 16}
        )
        trainer.restore(load_checkpoint(run.checkpoints / "step-0000010"))
        train(trainer)
        assert (best_step(run), best_fid(run)) == expected


def test_of_two_that_a_kill_left_the_better_is_the_best(tmp_path):
    settings = {"evaluate_every": 5, "checkpoint_every": 10}
    trainer, run = build_trainer(Scripted({5: 30.0}), tmp_path / "run", **settings)
    train(trainer)
    newest = load_checkpoint(latest_checkpoint(run.checkpoints))
    worse = Checkpoint(newest.step, newest.state, {**newest.loop, "least_fid": 70.0})
    save_checkpoint(run.best, worse, keep=2)
    assert len(list_checkpoints(run.best)) == 2
    trainer.restore(newest)
    assert (best_step(run), best_fid(run)) == (5, 30.0)


def test_a_best_that_could_not_be_written_does_not_count(tmp_path):
    trainer, run = build_trainer(Scripted({10: 10.0, 15: 20.0}), tmp_path / "run", evaluate_every=5)
    run.best.mkdir()
    blocker = run.best / ".step-0000010.tmp"  # a file where the checkpoint's folder is to be
    blocker.write_text("")
    train(trainer)
    assert (best_step(run), best_fid(run)) == (15, 20.0)
