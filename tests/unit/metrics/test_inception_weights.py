import hashlib
import os

import pytest
import torch

from onestage.metrics import InceptionFeatures, _inception_weights, build_features, load_inception

CLOSED = "http://127.0.0.1:9/pt_inception-2015-12-05-6726825d.pth"


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A file of the right layout, as old as to lack the counters of batches."""
    path = tmp_path_factory.mktemp("weights") / "inception.pth"
    state = InceptionFeatures().state_dict()
    torch.save({name: t for name, t in state.items() if "num_batches" not in name}, path)
    return path


@pytest.fixture
def accepted(weights, monkeypatch):
    """The file, as if its hash were the known one."""
    known = hashlib.sha256(weights.read_bytes()).hexdigest()
    monkeypatch.setattr(_inception_weights, "SHA256", known)
    return weights


@pytest.fixture(autouse=True)
def _offline(monkeypatch, tmp_path):
    monkeypatch.setattr(_inception_weights, "URL", CLOSED)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "ONESTAGE_INCEPTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ONESTAGE_CACHE", str(tmp_path / "cache"))


def test_a_file_of_ones_own(accepted):
    network = load_inception(accepted)
    kept = torch.load(accepted, weights_only=True)
    state = network.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in kept.items())
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_the_environment_names_the_file(accepted, monkeypatch):
    monkeypatch.setitem(os.environ, "ONESTAGE_INCEPTION", str(accepted))
    assert isinstance(build_features("inception"), InceptionFeatures)


def test_fetched_once(accepted, monkeypatch, tmp_path):
    monkeypatch.setattr(_inception_weights, "URL", accepted.as_uri())
    load_inception(cache_dir=tmp_path)
    assert [path.name for path in tmp_path.glob("*.pth")] == ["inception.pth"]
    monkeypatch.setattr(_inception_weights, "URL", "http://127.0.0.1:9/inception.pth")
    load_inception(cache_dir=tmp_path)


def test_offline_it_says_what_to_put_where(tmp_path):
    with pytest.raises(OSError, match="cannot be fetched") as caught:
        build_features("inception", cache_dir=tmp_path)
    message = str(caught.value)
    assert CLOSED in message
    assert str(tmp_path / "pt_inception-2015-12-05-6726825d.pth") in message
    assert "ONESTAGE_INCEPTION" in message
    assert "\n" not in message
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_refused(weights):
    with pytest.raises(ValueError, match=r"its SHA-256 begins with \w{8}, not 6726825d; delete"):
        load_inception(weights)


def test_what_was_fetched_is_checked(weights, monkeypatch, tmp_path):
    monkeypatch.setattr(_inception_weights, "URL", weights.as_uri())
    with pytest.raises(ValueError, match="gave is not the weights of Inception"):
        load_inception(cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_weights_of_another_network(monkeypatch, tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"weight": torch.zeros(3)}, path)
    known = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(_inception_weights, "SHA256", known)
    with pytest.raises(ValueError, match=r"Conv2d_1a_3x3\.conv\.weight is missing"):
        load_inception(path)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_inception(tmp_path / "nowhere.pth")
