import importlib
import sys
from functools import partial

import pytest
import torch
from tests.unit.adapters._hub_server import hub

from onestage.adapters.hub import from_pretrained, save_pretrained
from onestage.networks import DCGANGenerator, MLPDiscriminator

huggingface_hub = pytest.importorskip("huggingface_hub")
snapshot_download = huggingface_hub.snapshot_download


@pytest.fixture
def folder(tmp_path):
    save_pretrained(DCGANGenerator(image_size=16, base_width=4, latent_dim=8), tmp_path / "shared")
    return tmp_path / "shared"


def test_a_generator_comes_back_ready_to_sample(tmp_path):
    network = DCGANGenerator(image_size=16, base_width=4, latent_dim=8)
    save_pretrained(network, str(tmp_path / "a" / "b"), training={"step": 5})
    again = from_pretrained(str(tmp_path / "a" / "b"))
    latents = torch.randn(3, 8)
    assert torch.equal(again(latents), network.eval()(latents))


def test_other_networks_are_refused(tmp_path):
    with pytest.raises(ValueError, match="MLPDiscriminator is not one of the generators"):
        save_pretrained(MLPDiscriminator(), tmp_path / "shared")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Has huggingface_hub look for the Hub at an address, with an empty cache."""

    def at(address):
        there = partial(snapshot_download, endpoint=address, cache_dir=tmp_path / "cache")
        monkeypatch.setattr(huggingface_hub, "snapshot_download", there)

    return at


def test_a_model_of_the_hub(folder, elsewhere, monkeypatch):
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    files["pytorch_model.bin"] = b"not to be fetched"
    with hub(files) as (address, asked):
        elsewhere(address)
        found = from_pretrained("owner/name").state_dict()
    expected = from_pretrained(folder).state_dict()
    assert all(torch.equal(found[key], value) for key, value in expected.items())
    names = {path.rpartition("/")[2] for path in asked if "/resolve/" in path}
    assert names == {"config.json", "model.safetensors"}
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    from_pretrained("owner/name")  # from the cache: nobody answers any more


@pytest.mark.parametrize("name", ["owner/other", "runs/a/b", "../x"])
def test_a_model_that_is_not_there_is_said_in_one_line(elsewhere, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where none of these is
    with hub({}) as (address, _):
        elsewhere(address)
        with pytest.raises(ValueError, match="is no folder here and cannot be fetched") as found:
            from_pretrained(name)
    assert "\n" not in str(found.value)


def test_without_huggingface_hub_folders_can_be_read(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    from_pretrained(folder)
    with pytest.raises(ImportError, match=r"fetch owner/name .* pip install 'onestage\[hub\]'"):
        from_pretrained("owner/name")


def test_without_safetensors_the_extra_is_named(monkeypatch):
    for name in [*sys.modules]:
        if name.startswith(("onestage.sharing", "onestage.adapters.hub")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r"needs safetensors: pip install 'onestage\[hub\]'"):
        importlib.import_module("onestage.adapters.hub")
