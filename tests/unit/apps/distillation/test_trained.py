"""A student out of a run is the one that the run had."""

import json

import pytest
import torch
from safetensors.torch import save_file

from onestage.apps.adaptation import build_adapt_config
from onestage.apps.distillation import compare, evaluation_images, load_student
from onestage.apps.distillation._networks import build_classifier
from onestage.cli import main
from onestage.training import CheckpointError, RunError, RunFolder, build_config, latest_checkpoint

OPTIONS = "--steps 3 --batch-size 4 --checkpoint-every 1 --threads 1 --controls noise"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    threads = torch.get_num_threads()
    folder = tmp_path_factory.mktemp("runs")
    torch.manual_seed(0)
    save_file(build_classifier("digits", 1, 10).state_dict(), folder / "teacher.safetensors")
    options = [*OPTIONS.split(), "--teacher", str(folder / "teacher.safetensors")]
    assert main(["distill", *options, "--out", str(folder / "run")]) == 0
    yield folder / "run"
    torch.set_num_threads(threads)


@pytest.mark.parametrize("part", [".", "controls/noise"])
def test_it_answers_as_the_run_measured(run, part):
    trained = load_student(run / part)
    lines = (run / part / "metrics.jsonl").read_text().splitlines()
    last = json.loads(lines[-1])
    assert not trained.student.training
    assert trained.step == last["step"] == 3
    images = evaluation_images(trained.config)
    found = compare(trained.student, trained.student, images)["accuracy"]
    assert found == last["metrics"]["accuracy"]


def test_a_path_may_be_text_and_no_random_state_is_moved(run):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    load_student(str(run))
    assert torch.equal(torch.rand(2), expected)


def test_what_is_no_distillation_is_refused(tmp_path):
    RunFolder.create(tmp_path / "train", build_config())
    RunFolder.create(tmp_path / "adapt", build_adapt_config(), "adapt")
    for name in ("train", "adapt"):
        with pytest.raises(RunError, match=f"a run of onestage {name}; give one of onestage dist"):
            load_student(tmp_path / name)
    with pytest.raises(RunError, match=r"it has no config\.yaml"):
        load_student(tmp_path)


def test_a_run_without_a_checkpoint_and_weights_of_another_network_are_refused(run, tmp_path):
    config = load_student(run).config
    folder = RunFolder.create(tmp_path / "new", config, "distill")
    with pytest.raises(CheckpointError, match="has no checkpoint yet: the first comes"):
        load_student(folder.path)
    latest_checkpoint(run / "checkpoints").rename(folder.checkpoints / "step-0000003")
    text = folder.config_file.read_text()
    folder.config_file.write_text(text.replace("student: digits-half", "student: digits"))
    with pytest.raises(CheckpointError, match=r"do not fit .*config\.yaml; put back"):
        load_student(folder.path)
