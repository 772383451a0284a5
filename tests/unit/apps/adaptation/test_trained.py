"""Networks out of a run are those that the run had."""

import json

import pytest
import torch

from onestage.apps.adaptation import build_adapt_config, build_domains, load_adapted
from onestage.cli import main
from onestage.training import CheckpointError, RunError, RunFolder, build_config

OPTIONS = "--steps 30 --batch-size 16 --base-width 4 --threads 1 --evaluate-every 0"


@pytest.mark.parametrize("conditional", ["none", "cdan"])
def test_they_answer_as_the_run_measured(tmp_path, conditional):
    threads = torch.get_num_threads()
    out = str(tmp_path / "run")
    assert main(["adapt", *OPTIONS.split(), "--conditional", conditional, "--out", out]) == 0
    torch.set_num_threads(threads)
    adapted = load_adapted(out)
    assert not adapted.features.training and not adapted.classifier.training
    assert adapted.step == 30
    target = build_domains(adapted.config).target_test
    with torch.no_grad():
        right = [
            (adapted.classifier(adapted.features(images)).argmax(1) == labels).float()
            for images, labels in target.chunks(len(target))
        ]
    last = json.loads((tmp_path / "run" / "metrics.jsonl").read_text().splitlines()[-1])
    found = torch.cat(right).mean().item()
    assert found == pytest.approx(last["metrics"]["target_accuracy"])


def test_what_has_no_adapted_networks_is_refused(tmp_path):
    RunFolder.create(tmp_path / "train", build_config())
    with pytest.raises(RunError, match="a run of onestage train; give one of onestage adapt"):
        load_adapted(tmp_path / "train")
    with pytest.raises(RunError, match="does not exist"):
        load_adapted(tmp_path / "nowhere")
    RunFolder.create(tmp_path / "bare", build_adapt_config(), "adapt")
    with pytest.raises(RunError, match="does not say how many channels and classes"):
        load_adapted(tmp_path / "bare")
    config = build_adapt_config({"channels": 1, "classes": 10})
    RunFolder.create(tmp_path / "new", config, "adapt")
    with pytest.raises(CheckpointError, match="has no checkpoint yet: the first comes"):
        load_adapted(tmp_path / "new")
