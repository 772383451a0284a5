import pytest
import torch

from onestage.metrics import DigitsClassifier, PixelFeatures, build_features, extract_features

MODULE = """
from torch import nn

def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(256, 8))

def build_nothing():
    return None

number = 3
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "features_of_mine.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["", *__import__("sys").path])
    monkeypatch.delitem(__import__("sys").modules, "features_of_mine", raising=False)


def test_by_name(cache_dir):
    assert isinstance(build_features("digits", cache_dir=cache_dir), DigitsClassifier)
    assert isinstance(build_features("pixels"), PixelFeatures)


def test_of_ones_own(here):
    network = build_features("features_of_mine:build")
    assert extract_features(network, torch.zeros(3, 1, 16, 16)).shape == (3, 8)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize(
    "name, message",
    [
        ("inceptoin", "features 'inceptoin' are unknown; give one of digits, pixels, inception"),
        (":build", "are unknown"),
        ("features_of_mine:", "are unknown"),
        ("nowhere_at_all:build", "no module named 'nowhere_at_all'"),
        ("features_of_mine:missing", "has no function 'missing'"),
        ("features_of_mine:number", "has no function 'number'"),
        ("features_of_mine:build_nothing", "returned NoneType"),
    ],
)
def test_what_is_no_network(here, name, message):
    with pytest.raises(ValueError, match=message) as caught:
        build_features(name)
    assert "\n" not in str(caught.value)
