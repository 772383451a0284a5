import pytest
import torch

from onestage.metrics import _train_classifier, load_digits_classifier
from onestage.metrics._hash import hash_tensors
from onestage.metrics._train_classifier import train_digits_classifier


def test_too_few_digits_known(monkeypatch):
    monkeypatch.setattr(_train_classifier, "_EPOCHS", 1)
    with pytest.raises(RuntimeError, match="train it with another seed than 5"):
        train_digits_classifier(5)


def test_global_state_is_left_alone(monkeypatch):
    monkeypatch.setattr(_train_classifier, "_EPOCHS", 1)
    monkeypatch.setattr(_train_classifier, "MIN_ACCURACY", 0.0)
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    with torch.no_grad():
        train_digits_classifier(0)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads


def test_the_seed_decides_everything(monkeypatch):
    monkeypatch.setattr(_train_classifier, "_EPOCHS", 1)
    monkeypatch.setattr(_train_classifier, "MIN_ACCURACY", 0.0)
    hashes = []
    for seed in (0, 0, 1):
        torch.rand(3)
        hashes.append(hash_tensors(train_digits_classifier(seed)[0].state_dict()))
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.slow
def test_a_second_training_gives_the_same_weights(cache_dir):
    trained, accuracy = train_digits_classifier(0)
    kept = load_digits_classifier(cache_dir)
    assert hash_tensors(trained.state_dict()) == hash_tensors(kept.state_dict())
    assert accuracy >= 0.98
