import pytest

from onestage.apps import load_trained
from onestage.training import CheckpointError, RunFolder, build_config, locked


@pytest.fixture
def run(tmp_path):
    settings = {"steps": 900, "checkpoint_every": 250, "evaluate_every": 0}
    return RunFolder.create(tmp_path / "run", build_config(settings))


def test_a_run_without_evaluations_has_no_best(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config({"evaluate_samples": 0}))
    with pytest.raises(CheckpointError, match=r"no evaluation to choose the best by; leave out"):
        load_trained(run, best=True)


@pytest.mark.parametrize(
    ("best", "first"), [(False, "no checkpoint yet: .* 250"), (True, "no evaluation yet: .* 900")]
)
def test_what_is_not_there_yet_is_told_with_its_step(run, best, first):
    with pytest.raises(CheckpointError, match=rf"{first} of 900\. If no process is at work on it"):
        load_trained(run, best=best)
    with (
        locked(run.path),
        pytest.raises(CheckpointError, match=r"The run is in progress \(process \d+ on .+\)\."),
    ):
        load_trained(run, best=best)
    with pytest.raises(CheckpointError, match="If no process is at work on it"):
        load_trained(run, best=best)


def test_of_intervals_that_are_longer_than_the_run_the_end_counts(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config({"steps": 9, "checkpoint_every": 250}))
    with pytest.raises(CheckpointError, match="the first comes with step 9 of 9"):
        load_trained(run)
