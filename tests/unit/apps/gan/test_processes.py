"""A GAN on two processes, whole or sharded networks, against the same in one process."""

import copy
from collections import Counter

import pytest
import torch
from tests._gan_processes import CASES, KINDS, PLAYED, STEPS, build, networks, work
from tests._processes import needs_sharding, run_together
from torch.torch_version import TorchVersion

from onestage.apps.gan._processes import check_world
from onestage.training import ConfigError, World, build_config

ALL = [
    pytest.param(name, kind, marks=needs_sharding if kind == "fsdp" else ())
    for name, kind in PLAYED
]

# The gradients that `fully_shard` exchanges together, odd rows made even: those of G's two layers,
# of D's norm and of its three.
GROUPS = {"generator": (1080, 92), "discriminator": (8, 76, 168, 92)}


@pytest.fixture(scope="module")
def one():
    """Each case in one process: after its steps, and after one more."""
    found = {}
    for name in CASES:
        game = build(name)
        for _ in range(STEPS):
            game.step()
        before = copy.deepcopy(vars(game.state()))
        game.step()
        found[name] = (before, vars(game.state()))
    return found


@pytest.fixture(scope="module")
def folder(one, tmp_path_factory):
    folder = tmp_path_factory.mktemp("processes")
    for name, (before, _) in one.items():
        torch.save(before, folder / f"{name}.start")
    run_together(work, folder)
    return folder


def assert_close(ours, theirs, error=1e-12):
    assert type(ours) is type(theirs) or isinstance(ours, (int, float))
    if isinstance(ours, torch.Tensor):
        torch.testing.assert_close(ours, theirs, rtol=error, atol=error)
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key in ours.keys() - {"fused"}:  # the kernel is each one's business
            assert_close(ours[key], theirs[key], error)
    elif isinstance(ours, (list, tuple)):
        for a, b in zip(ours, theirs, strict=True):
            assert_close(a, b, error)
    else:
        assert ours == theirs


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_two_processes_have_what_one_has(one, folder, name, kind):
    found = torch.load(folder / f"{name} {kind}", weights_only=False)
    before, after = one[name]
    # An update is of a size of 5e-3, and bfloat16 rounds a sum over a batch to 1 % or so.
    error = 3e-4 if name == "bfloat16" else 1e-12
    assert_close(found["state"], before, error)
    assert_close(found["resumed"], after, error)


@needs_sharding
@pytest.mark.parametrize("name", ["ratio", "adam"])
def test_the_picture_is_that_of_whole_networks(folder, name):
    whole, shared = (torch.load(folder / f"{name} {kind}.picture") for kind in KINDS)
    torch.testing.assert_close(whole, shared, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_one_exchange_per_network_and_update(folder, name, kind):
    found = torch.load(folder / f"{name} {kind}", weights_only=False)
    updates = {"generator": STEPS, "discriminator": STEPS * CASES[name].get("critic_steps", 1)}
    if kind == "ddp":
        assert found["sent"] == updates
        assert not found["scattered"]
    else:
        expected = Counter()
        for who, sizes in GROUPS.items():
            expected.update(dict.fromkeys(sizes, updates[who]))
        assert found["scattered"] == expected


@needs_sharding
def test_a_process_keeps_its_share_alone(folder):
    for name in CASES:
        found = torch.load(folder / f"{name} fsdp", weights_only=False)
        whole = sum(p.numel() for network in networks() for p in network.parameters())
        assert found["kept"] < 0.6 * whole  # 5 rows in two are 3 and 2


def test_sharding_is_refused_where_pytorch_cannot(monkeypatch):
    monkeypatch.setattr(torch, "__version__", TorchVersion("2.8.0+cpu"))
    config = build_config({"parallel": "fsdp"})
    with pytest.raises(ConfigError, match=r"fully_shard of PyTorch .* 2\.9 or newer, or take ddp"):
        check_world(config, World(0, 2), torch.device("cpu"))
    check_world(config, World(), torch.device("cpu"))
    check_world(config, World(0, 2), torch.device("cuda"))
    monkeypatch.setattr(torch, "__version__", TorchVersion("2.10.0"))
    check_world(config, World(0, 2), torch.device("cpu"))
