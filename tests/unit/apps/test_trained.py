import pytest

from onestage.apps import load_trained
from onestage.training import CheckpointError, RunFolder, build_config


def test_a_run_without_an_evaluation_has_no_best(tmp_path):
    run = RunFolder.create(tmp_path / "run", build_config())
    with pytest.raises(CheckpointError, match=r"no evaluation to choose the best by; leave out"):
        load_trained(run, best=True)
    with pytest.raises(CheckpointError, match=r"There is no checkpoint in"):
        load_trained(run)
