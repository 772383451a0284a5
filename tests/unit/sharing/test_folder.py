import json
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.unit.sharing._generators import NAMES, build

from onestage.sharing import draw_inputs, make_samples, read_folder, write_folder


@pytest.mark.parametrize("name", NAMES)
def test_a_generator_comes_back_bit_for_bit(tmp_path, name):
    network = build(name)
    write_folder(network, tmp_path / "shared")
    again = read_folder(tmp_path / "shared")
    assert type(again) is type(network)
    assert not again.training
    before, after = network.state_dict(), again.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(after[key], before[key]) for key in before)
    assert all(parameter.requires_grad for parameter in again.parameters())
    inputs = draw_inputs(network, 5, torch.Generator().manual_seed(0))
    assert torch.equal(make_samples(again, inputs), make_samples(network.eval(), inputs))


def test_channels_last_weights_and_a_second_time(tmp_path):
    write_folder(build("DCGANGenerator", seed=1), tmp_path)
    (tmp_path / "README.md").write_text("mine")
    network = build("DCGANGenerator").to(memory_format=torch.channels_last)
    write_folder(network, tmp_path)
    again = read_folder(tmp_path).state_dict()
    assert all(torch.equal(again[key], value) for key, value in network.state_dict().items())
    assert (tmp_path / "README.md").read_text() == "mine"


def test_all_may_read_it_whom_the_process_lets(tmp_path):
    (tmp_path / "plain").touch()
    write_folder(build("MLPGenerator"), tmp_path)
    assert len({file.stat().st_mode for file in tmp_path.iterdir()}) == 1


def test_the_state_of_random_numbers_is_left_alone(tmp_path):
    write_folder(build("DCGANGenerator"), tmp_path)
    before = torch.get_rng_state()
    read_folder(tmp_path)
    assert torch.equal(before, torch.get_rng_state())


class Bomb:
    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was read')",))


def test_nothing_else_in_the_folder_is_looked_at(tmp_path):
    write_folder(build("MLPGenerator"), tmp_path)
    for name in ("pytorch_model.bin", "model.pt", "state.pt"):
        (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    for name in ("modeling.py", "MLPGenerator.py", "__init__.py"):
        (tmp_path / name).write_text("raise SystemExit('code was run')")
    read_folder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        read_folder(tmp_path)


def other_dtype(folder):
    weights = load_file(folder / "model.safetensors")
    save_file({key: value.int() for key, value in weights.items()}, folder / "model.safetensors")


def other_network(folder):
    settings = json.loads((folder / "config.json").read_text())
    settings["options"]["base_width"] += 1
    (folder / "config.json").write_text(json.dumps(settings))


def cut(name, size):
    def damage(folder):
        (folder / name).write_bytes((folder / name).read_bytes()[:size])

    return damage


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "config.json").unlink(), "holds no config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "holds no model.safetensors"),
        (cut("config.json", 100), "config.json cannot be used"),
        (lambda folder: (folder / "config.json").write_bytes(b"\xff"), "cannot be used"),
        (lambda folder: (folder / "config.json").write_text("[" * 10**6), "cannot be used"),
        (cut("model.safetensors", 0), "model.safetensors is damaged"),
        (cut("model.safetensors", 100), "model.safetensors is damaged"),
        (cut("model.safetensors", -1), "model.safetensors is damaged"),
        (other_network, "holds the weights of another network"),
        (other_dtype, "holds the weights of another network"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path, damage, message):
    write_folder(build("MLPGenerator"), tmp_path)
    damage(tmp_path)
    with pytest.raises(ValueError, match=message) as found:
        read_folder(tmp_path)
    assert "\n" not in str(found.value)
