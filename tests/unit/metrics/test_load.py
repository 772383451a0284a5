import os

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from onestage.metrics import _load, load_digits_classifier


@pytest.fixture
def trainings(monkeypatch, cache_dir):
    """Counts trainings; each gives the classifier that the session trained."""
    trained, calls = load_digits_classifier(cache_dir), []

    def train(seed):
        calls.append(seed)
        return trained, 0.99

    monkeypatch.setattr(_load, "train_digits_classifier", train)
    return calls


def _file(folder):
    (path,) = folder.glob("digits-*")
    return path


def test_trained_once(tmp_path, trainings):
    first = load_digits_classifier(tmp_path / "new" / "cache")
    second = load_digits_classifier(tmp_path / "new" / "cache")
    assert trainings == [0]
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])
    assert not second.training
    assert not any(parameter.requires_grad for parameter in second.parameters())


def test_nothing_but_the_file_is_left(tmp_path, trainings):
    load_digits_classifier(tmp_path)
    names = [path.name for path in tmp_path.iterdir()]
    assert names == ["digits-classifier-v1-seed0.safetensors"]


def test_the_file_says_what_it_is(cache_dir):
    with safe_open(_file(cache_dir), framework="pt") as file:
        metadata = file.metadata()
    assert len(metadata["sha256"]) == 64
    assert float(metadata["accuracy"]) >= 0.98


def _truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def _empty(path):
    path.write_bytes(b"")


def _change_a_weight(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _other_network(path):
    save_file({"weight": torch.zeros(3)}, path, {"sha256": "0", "accuracy": "1"})


def _no_metadata(path):
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(tensors, path)


DAMAGES = [_truncate, _empty, _change_a_weight, _other_network, _no_metadata]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_replaced(tmp_path, trainings, damage, caplog):
    load_digits_classifier(tmp_path)
    damage(_file(tmp_path))
    load_digits_classifier(tmp_path)
    assert trainings == [0, 0]
    assert "damaged" in caplog.text
    load_digits_classifier(tmp_path)
    assert trainings == [0, 0]


def test_a_cache_that_cannot_be_written(tmp_path, trainings, caplog):
    (tmp_path / "file").write_text("in the way")
    load_digits_classifier(tmp_path / "file")
    assert trainings == [0]
    assert "cannot be written" in caplog.text


def test_the_environment_names_the_cache(tmp_path, trainings, monkeypatch):
    monkeypatch.setitem(os.environ, "ONESTAGE_CACHE", str(tmp_path))
    load_digits_classifier(seed=7)
    assert trainings == [7]
    assert "seed7" in _file(tmp_path).name
