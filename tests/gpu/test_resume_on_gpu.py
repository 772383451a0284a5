import pytest
import torch

pytest.importorskip("cyclopts")  # the command line; the core's tests here need torch alone

from onestage.cli import main
from onestage.training import latest_checkpoint, load_checkpoint

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("method", ["one-stage", "two-stage-tuned"])
def test_a_resumed_run_ends_where_the_uninterrupted_one_ends(tmp_path, monkeypatch, method):
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    base = ["train", "--device", "cuda", "--method", method, "--evaluate-samples", "0"]
    whole, part = tmp_path / "whole", tmp_path / "part"
    assert main([*base, "--steps", "37", "--out", str(whole)]) == 0
    assert main([*base, "--steps", "20", "--out", str(part)]) == 0
    assert main(["train", "--resume", str(part), "--steps", "37"]) == 0
    first, second = (
        load_checkpoint(latest_checkpoint(folder / "checkpoints")) for folder in (part, whole)
    )
    for name, weights in second.state.weights.items():
        for key, value in weights.items():
            assert torch.equal(first.state.weights[name][key], value), (name, key)
