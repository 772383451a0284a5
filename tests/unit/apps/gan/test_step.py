import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from onestage.apps import build_game as build
from onestage.apps.image_gan import generate
from onestage.training import (
    Checkpoint,
    ConfigError,
    build_config,
    load_checkpoint,
    merge,
    save_checkpoint,
)
from onestage.training._guard import step_unless

SMALL = {
    "batch_size": 8,
    "generator": {"base_width": 4, "latent_dim": 8},
    "discriminator": {"base_width": 4},
}
METHODS = ("one-stage", "two-stage-tuned", "two-stage-naive")


def build_game(**settings):
    return build(build_config(merge(SMALL, settings)))


def everything(game):
    return [
        tensor
        for network in (game.generator, game.discriminator, game.ema.module)
        for tensor in network.state_dict().values()
    ]


def same(first, second):
    pairs = zip(everything(first), everything(second), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


KINDS = {
    "plain": {"data": {"flip": True}, "penalties": {"r1_every": 2}},
    "plain adam": {"generator": {"optimism": 0}, "discriminator": {"optimism": 0}},
    "other optimisers": {
        "generator": {"optimizer": "rmsprop", "optimism": 0.5, "warmup_steps": 5},
        "discriminator": {"optimizer": "sgd", "optimism": 0, "decay_steps": (2, 5)},
    },
    "critic": {"critic_steps": 2, "accumulation": 2, "loss": "fisher", "penalties": {"r1": 0}},
    "penalties": {"penalties": {"gradient_penalty": 1, "dragan": 1, "lecam": 0.1, "r2": 0.1}},
    "diffaugment": {"augment": {"kind": "diffaugment"}},
    "ada": {"augment": {"kind": "ada", "ramp_images": 100}, "ema_warmup": 10},
    "labels": {"networks": "cgan", "data": {"condition": "label"}},
    "spectral norm": {"networks": "sngan"},
    "translation": {
        "networks": "pix2pix",
        "data": {"condition": "top-half"},
        "generator": {"norm": "batch", "reconstruction": 10},
        "penalties": {"r1": 0},
    },
    "points": {"preset": "ring", "generator": {"latent_dim": 2}},
    "channels last": {"precision": "bf16", "memory_format": "channels_last"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_a_resumed_game_is_bit_for_bit_the_uninterrupted_one(tmp_path, method, kind):
    settings = {"method": method, **KINDS[kind]}
    whole, part = build_game(**settings), build_game(**settings)
    for _ in range(7):
        expected = whole.step()
    for _ in range(3):
        part.step()
    path = save_checkpoint(tmp_path, Checkpoint(3, part.state(), {}), keep=1)
    resumed = build_game(**settings)
    resumed.step()  # whatever it did before is replaced
    resumed.load_state(load_checkpoint(path).state)
    assert same(resumed, part)
    for _ in range(4):
        measured = resumed.step()
    assert resumed.count == 7
    assert same(resumed, whole)
    assert measured.keys() == expected.keys()
    assert all(torch.equal(measured[name], expected[name]) for name in expected)


def test_games_can_be_stepped_in_turn():
    alone, first, second = build_game(), build_game(), build_game(method="two-stage-tuned")
    for _ in range(3):
        alone.step()
    for _ in range(3):
        first.step()
        second.step()
    assert same(alone, first)
    assert not same(first, second)


def test_the_seed_decides_and_the_global_random_state_is_left_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = build_game()
    first.step()
    first.task.samples(first.ema.module)
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(2)
    second, other = build_game(), build_game(seed=1)
    second.step()
    other.step()
    assert same(first, second)
    assert not same(first, other)


class NoWaiting(TorchDispatchMode):
    """Forbids what makes the host wait for the device.

    Adam's own counters are exempt: they are on the CPU whatever the device.
    """

    def __init__(self, *optimizers):
        super().__init__()
        states = [state for optimizer in optimizers for state in optimizer.state.values()]
        self._counters = {id(state["step"]) for state in states}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        waits = func.overloadpacket.__name__ in ("_local_scalar_dense", "nonzero")
        assert not waits or id(args[0]) in self._counters, func
        return func(*args, **(kwargs or {}))


def carry(finite, *optimizers):
    assert optimizers
    step_unless(~finite, *optimizers)


@pytest.mark.parametrize("method", METHODS)
def test_a_step_reads_nothing_back(method, monkeypatch):
    # The way of accelerators: on the CPU the flag by which players move is read, since it is there.
    monkeypatch.setattr("onestage.apps.gan._players.step_if", carry)
    game = build_game(method=method)
    game.step()  # the first one may probe
    batch = next(game._batches)
    game._batches = iter([batch])  # drawing the order of the images is the data's business
    players = game._players
    with NoWaiting(players.generator_optimizer, players.discriminator_optimizer):
        game.step()


def test_samples_are_of_the_same_latents_and_from_the_average():
    game = build_game()
    game.step()
    images = game.task.samples(game.ema.module)
    assert images.shape == (64, 1, 16, 16)
    assert images.dtype == torch.float32
    assert images.abs().max() <= 1
    assert torch.equal(images, game.task.samples(game.ema.module))
    with torch.no_grad():
        next(game.ema.module.parameters()).add_(1)
    assert not torch.equal(images, game.task.samples(game.ema.module))


def test_the_first_images_do_not_depend_on_how_many_follow():
    network = build_game().ema.module
    few, many = (generate(network, count, seed=5) for count in (3, 260))
    torch.testing.assert_close(few, many[:3])
    assert not torch.allclose(few, generate(network, 3, seed=6))


def test_what_the_source_decides_is_in_the_config():
    game = build_game(threads=1)
    assert game.config.data.channels == 1
    assert build_game().config.threads == torch.get_num_threads()


def test_another_source_is_evaluated_by_its_pixels():
    game = build_game(
        data={"source": "photographs"}, image_size=16, evaluate_samples=50, batch_size=8
    )
    game.step()
    record = game.evaluate()
    assert record["num_samples"] == 50
    assert record["reference"] == "photographs"
    assert record["fid"] > 0


def test_a_device_that_is_not_there_is_refused_in_one_line():
    with pytest.raises(ConfigError, match=r"device is 'nonsense'.*choose cpu") as error:
        build_game(device="nonsense")
    assert "\n" not in str(error.value)


def test_networks_do_not_depend_on_the_method():
    first, second = (build_game(method=method) for method in METHODS[:2])
    assert same(first, second)
