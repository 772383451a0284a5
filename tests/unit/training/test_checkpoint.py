import json

import pytest
import torch

from onestage.training import (
    Checkpoint,
    CheckpointError,
    StepState,
    checkpoint_step,
    latest_checkpoint,
    list_checkpoints,
    load_checkpoint,
    load_weights,
    save_checkpoint,
)


def build_checkpoint(step: int) -> Checkpoint:
    torch.manual_seed(step)
    image = torch.randn(2, 3, 4, 4).to(memory_format=torch.channels_last)
    weights = {"a": {"w": image, "n": torch.tensor(7)}, "b": {"w": torch.randn(2)}}
    extra = {"count": step, "state": {0: {"m": torch.randn(3)}}, "betas": (0.5, 0.99)}
    return Checkpoint(step, StepState(weights, extra), {"seconds": 1.5})


def test_everything_comes_back(tmp_path):
    saved = build_checkpoint(12)
    path = save_checkpoint(tmp_path, saved, keep=2)
    loaded = load_checkpoint(path)
    assert (path.name, loaded.step, checkpoint_step(path)) == ("step-0000012", 12, 12)
    assert loaded.loop == {"seconds": 1.5}
    assert loaded.state.extra["betas"] == (0.5, 0.99)
    assert torch.equal(loaded.state.extra["state"][0]["m"], saved.state.extra["state"][0]["m"])
    for name, weights in saved.state.weights.items():
        assert all(torch.equal(loaded.state.weights[name][key], weights[key]) for key in weights)
    step, weights = load_weights(path, "b")
    assert step == 12
    assert torch.equal(weights["w"], saved.state.weights["b"]["w"])


def test_all_may_read_it_whom_the_process_lets(tmp_path):
    (tmp_path / "plain").touch()
    path = save_checkpoint(tmp_path, build_checkpoint(1), keep=1)
    assert {file.stat().st_mode for file in path.iterdir()} == {(tmp_path / "plain").stat().st_mode}


def test_the_newest_are_kept(tmp_path):
    for step in (1, 2, 3, 12_345_678):
        save_checkpoint(tmp_path, build_checkpoint(step), keep=2)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["step-0000003", "step-12345678"]
    assert latest_checkpoint(tmp_path).name == "step-12345678"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-0000003", "step-12345678"]


def test_a_half_written_checkpoint_is_no_checkpoint(tmp_path):
    save_checkpoint(tmp_path, build_checkpoint(1), keep=2)
    left = tmp_path / ".step-0000002.tmp"
    left.mkdir()
    (left / "a.safetensors").write_bytes(b"half")
    assert latest_checkpoint(tmp_path).name == "step-0000001"
    save_checkpoint(tmp_path, build_checkpoint(2), keep=2)
    assert not left.exists()
    assert load_checkpoint(latest_checkpoint(tmp_path)).step == 2


def test_the_same_step_can_be_saved_again(tmp_path):
    for _ in range(2):
        path = save_checkpoint(tmp_path, build_checkpoint(5), keep=1)
    assert load_checkpoint(path).step == 5


@pytest.mark.parametrize("name", ["a.safetensors", "state.pt", "checkpoint.json"])
@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_damage_is_found(tmp_path, name, damage):
    path = save_checkpoint(tmp_path, build_checkpoint(5), keep=1)
    if damage == "cut":
        (path / name).write_bytes((path / name).read_bytes()[:-5])
    else:
        (path / name).unlink()
    with pytest.raises(CheckpointError, match=r"step-0000005 is damaged"):
        load_checkpoint(path)


def test_another_format_is_refused(tmp_path):
    path = save_checkpoint(tmp_path, build_checkpoint(5), keep=1)
    index = json.loads((path / "checkpoint.json").read_text())
    del index["sha256"]
    (path / "checkpoint.json").write_text(json.dumps({**index, "format": 99}))
    with pytest.raises(CheckpointError, match="has format 99"):
        load_checkpoint(path)


def test_missing_things_are_named(tmp_path):
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        latest_checkpoint(tmp_path / "nowhere")
    path = save_checkpoint(tmp_path, build_checkpoint(5), keep=1)
    with pytest.raises(CheckpointError, match="no weights of a network called c"):
        load_weights(path, "c")
