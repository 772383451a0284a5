"""How networks and images lie in memory, and compiled networks."""

import pytest
import torch

from onestage.apps import build_game
from onestage.training import (
    Checkpoint,
    ConfigError,
    build_config,
    load_checkpoint,
    merge,
    save_checkpoint,
)

SMALL = {
    "batch_size": 4,
    "generator": {"base_width": 4, "latent_dim": 8},
    "discriminator": {"base_width": 4},
    "penalties": {"r1": 0},
    "threads": 1,
}


def build(**settings):
    return build_game(build_config(merge(SMALL, settings)))


def weights(game):
    return [
        weight
        for network in (game.generator, game.discriminator, game.ema.module)
        for weight in network.state_dict().values()
    ]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, "contiguous"),
        ({"precision": "bf16"}, "contiguous"),
        ({"precision": "bf16", "networks": "sngan"}, "channels_last"),
        ({"networks": "sngan"}, "contiguous"),
        ({"precision": "bf16", "networks": "sngan", "memory_format": "contiguous"}, "contiguous"),
        ({"preset": "ring", "generator": {"latent_dim": 2}}, "contiguous"),
    ],
)
def test_auto_is_settled_before_the_run_is_written_down(settings, found):
    assert build(**settings).config.memory_format == found


def test_images_and_weights_are_all_in_the_format_and_stay_in_it(tmp_path):
    game = build(memory_format="channels_last", data={"source": "photographs"}, image_size=16)
    step = game.step()
    assert step["finite"]
    path = save_checkpoint(tmp_path, Checkpoint(1, game.state(), {}), keep=1)
    game.load_state(load_checkpoint(path).state)
    game.step()
    images = [w for w in weights(game) if w.ndim == 4 and min(w.shape) > 1]
    images.append(next(game._batches).real)
    assert len(images) > 6
    assert all(x.is_contiguous(memory_format=torch.channels_last) for x in images)
    moments = game._players.generator_optimizer.state.values()
    assert all(
        m["exp_avg"].is_contiguous(memory_format=torch.channels_last)
        for m in moments
        if m["exp_avg"].ndim == 4 and min(m["exp_avg"].shape) > 1
    )


def test_the_format_is_the_same_training():
    plain, other = build(), build(memory_format="channels_last")
    for _ in range(3):
        plain.step()
        other.step()
    pairs = zip(weights(plain), weights(other), strict=True)
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in pairs)


@pytest.mark.gpu
def test_batches_arrive_whole_on_a_gpu_that_is_busy():
    busy = torch.randn(4096, 4096, device="cuda")
    plain, other = build(device="cpu").task.batches(0), build(device="cuda").task.batches(0)
    for _ in range(4):
        busy = busy @ busy.T.tanh()
        assert torch.equal(next(plain).real, next(other).real.cpu())


@pytest.mark.parametrize("penalty", ["r1", "r2", "gradient_penalty", "dragan"])
def test_a_penalty_that_differentiates_twice_is_refused_when_compiled(penalty):
    with pytest.raises(ConfigError, match=f"compile is on, and penalties.{penalty} different"):
        build_config(merge(SMALL, {"compile": True, "penalties": {penalty: 1}}))
    assert build_config(merge(SMALL, {"compile": True, "penalties": {"lecam": 1}})).compile


def test_compiling_without_a_compiler_is_refused():
    import torch._inductor.config as inductor

    with (
        inductor.patch({"cpp.cxx": ("/nowhere/g++",)}),
        pytest.raises(ConfigError, match="no C\\+\\+ compiler here: install"),
    ):
        build(compile=True, device="cpu")


@pytest.mark.slow  # compiling takes its time
@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_a_compiled_run_is_the_same_training_and_goes_on_bit_for_bit(tmp_path):
    torch._dynamo.reset()
    plain, whole, part = build(), build(compile=True), build(compile=True)
    for _ in range(2):
        plain.step()
        part.step()
    for _ in range(4):
        whole.step()
    path = save_checkpoint(tmp_path, Checkpoint(2, part.state(), {}), keep=1)
    assert all(
        torch.allclose(a, b, atol=1e-3) for a, b in zip(weights(plain), weights(part), strict=True)
    )
    torch._dynamo.reset()  # as another process would begin
    resumed = build(compile=True)
    resumed.load_state(load_checkpoint(path).state)
    for _ in range(2):
        resumed.step()
    assert all(map(torch.equal, weights(whole), weights(resumed)))
    with torch.no_grad():
        next(iter(resumed.discriminator.parameters())).fill_(torch.nan)
    assert resumed.diagnose().startswith("in the discriminator, layer layers.0 (Conv2d)")
