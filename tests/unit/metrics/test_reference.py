import os

import pytest
import torch
from PIL import Image
from torch import nn

from onestage.data import build_source
from onestage.metrics import Evaluator, PixelFeatures
from onestage.metrics._reference import load_reference


class Counted:
    """A source that counts how often an image is read."""

    name, channels, image_size, labels, class_names = "counted", 1, 8, None, ()

    def __init__(self, state="a"):
        self.state, self.reads = state, 0
        self._images = torch.rand(300, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1

    def __len__(self):
        return len(self._images)

    def __getitem__(self, index):
        self.reads += 1
        return self._images[index]

    def fingerprint(self):
        return self.state


class Linear(nn.Linear):
    """Features with weights."""

    version = 1

    def __init__(self):
        super().__init__(64, 4)
        self.eval()

    def forward(self, images):
        return super().forward(images.flatten(1))


def _load(folder, network=None, source=None):
    """The reference and how many images were read for it."""
    source = source or Counted()
    return load_reference(network or PixelFeatures().eval(), source, folder), source.reads


def test_no_image_is_read_twice(tmp_path):
    first, reads = _load(tmp_path)
    second, again = _load(tmp_path)
    assert (reads, again) == (300, 0)
    assert torch.equal(first.features, second.features)
    assert first.features.dtype == second.features.dtype == torch.float64
    assert first.sha256 == second.sha256


def test_an_evaluation_reads_nothing_the_second_time(tmp_path):
    records = []
    for expected in (300, 0):
        source = Counted()
        evaluate = Evaluator(source, cache_dir=tmp_path)
        records += [evaluate(source._images[:200]), evaluate(source._images[:200])]
        assert source.reads == expected
    assert records[0] == records[1] == records[2] == records[3]


def test_other_images_or_another_network(tmp_path):
    linear = Linear()
    assert _load(tmp_path)[1] == 300
    assert _load(tmp_path, source=Counted("b"))[1] == 300
    assert _load(tmp_path, network=linear)[1] == 300
    with torch.no_grad():
        linear.weight[0, 0] += 1
    assert _load(tmp_path, network=linear)[1] == 300
    linear.version = 2
    assert _load(tmp_path, network=linear)[1] == 300
    assert _load(tmp_path, network=linear)[1] == 0


class Power(nn.Module):
    """Features with settings that are in no state."""

    version = 1

    def __init__(self, mean, power):
        super().__init__()
        self._power = power
        self.register_buffer("mean", torch.tensor(mean), persistent=False)
        self.eval()

    def forward(self, images):
        return ((images - self.mean) ** self._power).flatten(1)


def test_settings_that_are_no_weights(tmp_path):
    networks = [Power(0.0, 1), Power(0.5, 1), Power(0.0, 3), Power(1e-6, 1)]
    assert [_load(tmp_path, network=network)[1] for network in networks] == [300] * 4
    assert [_load(tmp_path, network=network)[1] for network in networks] == [0] * 4


@pytest.mark.parametrize("when", ["before", "while"])
def test_what_stands_for_an_unreadable_image_is_not_kept(tmp_path, when, caplog):
    (tmp_path / "in").mkdir()
    for number in range(20):
        Image.new("L", (8, 8), 10 * number).save(tmp_path / "in" / f"{number:02d}.bmp")

    def build():
        return build_source(str(tmp_path / "in"), image_size=8, memory=0, max_bad=0.1)

    source, network = build(), PixelFeatures().eval()
    (tmp_path / "in" / "03.bmp").rename(tmp_path / "away")  # a hiccup of the disk
    if when == "before":
        source[3]
    first = load_reference(network, source, tmp_path / "cache")
    (tmp_path / "away").rename(tmp_path / "in" / "03.bmp")
    assert torch.equal(first.features[3], first.features[4])
    assert "images that could not be read: 1; the features are not kept" in caplog.text
    second = load_reference(network, build(), tmp_path / "cache")
    assert not torch.equal(second.features[3], second.features[4])
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_an_image_left_out_from_the_start_is_no_hindrance(tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(3):
        Image.new("L", (8, 8), 10 * number).save(tmp_path / "in" / f"{number}.bmp")
    (tmp_path / "in" / "bad.bmp").touch()
    source = build_source(str(tmp_path / "in"), image_size=8, memory=0, max_bad=0.5)
    load_reference(PixelFeatures().eval(), source, tmp_path / "cache")
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_double_precision_is_kept(tmp_path):
    network = Linear().double()
    first, _ = _load(tmp_path, network=network)
    second, reads = _load(tmp_path, network=network)
    assert reads == 0
    assert torch.equal(first.features, second.features)
    assert not torch.equal(first.features.float().double(), first.features)


def test_what_may_change_unseen_is_not_kept(tmp_path):
    class Unknown(Counted):
        fingerprint = None

    _load(tmp_path, source=Unknown())
    _load(tmp_path, network=nn.Sequential(nn.Flatten(), nn.Linear(64, 4)).eval())
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_the_file_is_left(tmp_path):
    _load(tmp_path / "new" / "cache")
    (path,) = (tmp_path / "new" / "cache").iterdir()
    assert path.name.startswith("reference-")
    assert path.suffix == ".safetensors"


@pytest.mark.parametrize("damage", ["cut", "empty", "changed"])
def test_a_damaged_file_is_replaced(tmp_path, damage, caplog):
    expected, _ = _load(tmp_path)
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    changed = content[:-1] + bytes([content[-1] ^ 1])
    path.write_bytes({"cut": content[:-100], "empty": b"", "changed": changed}[damage])
    found, reads = _load(tmp_path)
    assert reads == 300
    assert torch.equal(found.features, expected.features)
    assert f"{path} is damaged" in caplog.text
    assert "\n" not in caplog.records[-1].getMessage()
    assert _load(tmp_path)[1] == 0


def test_a_cache_that_cannot_be_written(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    assert _load(tmp_path / "file")[1] == 300
    assert "cannot be written" in caplog.text


def test_the_environment_names_the_cache(tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "ONESTAGE_CACHE", str(tmp_path))
    assert _load(None)[1] == 300
    assert len(list(tmp_path.iterdir())) == 1
