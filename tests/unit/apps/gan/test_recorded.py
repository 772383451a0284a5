"""A step that is recorded trains as one that is not."""

import pytest
import torch
from tests.unit.apps.gan._tape import install

from onestage.apps import build_game
from onestage.apps.gan.methods import RecordedOneStage
from onestage.training import (
    Checkpoint,
    ConfigError,
    build_config,
    load_checkpoint,
    merge,
    save_checkpoint,
)
from onestage.training._guard import step_unless

# Powers of two, which float32 holds as exactly as Python does.
RATE = {"learning_rate": 2**-10, "warmup_steps": 4, "decay_steps": (12,), "decay_factor": 0.5}
SMALL = {
    "batch_size": 4,
    "generator": {"base_width": 4, "latent_dim": 8, **RATE},
    "discriminator": {"base_width": 4, **RATE},
    "penalties": {"r1": 1, "r1_every": 2},
    "threads": 1,
}
KINDS = {
    "lazy": {},
    "two lazy": {"loss": "relativistic", "penalties": {"r2": 1, "r1_every": 1, "r2_every": 2}},
    "plain adam, batch norm": {
        "generator": {"optimism": 0, "norm": "batch"},
        "discriminator": {"optimism": 0, "norm": "batch"},
    },
    "critic": {"critic_steps": 2, "accumulation": 2},
    "ada": {"augment": {"kind": "ada", "ramp_images": 100}, "ema_warmup": 10},
    "power iterations": {"networks": "sngan", "loss": "hinge", "penalties": {"r1": 0}},
    "points between": {"penalties": {"r1": 0, "gradient_penalty": 1}, "data": {"flip": True}},
}
STEPS = 14


def build(**settings):
    return build_game(build_config(merge(SMALL, settings)))


@pytest.fixture
def _as_on_cuda(monkeypatch):
    install(monkeypatch)
    monkeypatch.setattr(
        "onestage.apps.gan._players.step_if",
        lambda finite, *optimizers: step_unless(~finite, *optimizers),
    )


def everything(game):
    return [
        weight
        for network in (game.generator, game.discriminator, game.ema.module)
        for weight in network.state_dict().values()
    ]


def same(first, second):
    return all(map(torch.equal, everything(first), everything(second)))


@pytest.mark.usefixtures("_as_on_cuda")
@pytest.mark.parametrize("kind", KINDS)
def test_replays_are_the_eager_steps(kind):
    eager, recorded = build(**KINDS[kind]), build(**KINDS[kind], cuda_graph=True)
    for _ in range(STEPS):
        expected, measured = eager.step(), recorded.step()
        assert measured.keys() == expected.keys()
        assert all(torch.equal(measured[name], expected[name]) for name in expected)
    assert same(eager, recorded)
    assert recorded.facts()["cuda graph"] == "replayed"
    assert recorded.facts()["strategy"] == eager.facts()["strategy"]
    assert recorded.notes() == []
    assert recorded.explain().endswith("CUDA graph: replayed")


@pytest.mark.usefixtures("_as_on_cuda")
def test_what_was_measured_outlives_the_next_replay():
    game = build(cuda_graph=True)
    losses = [game.step()["generator_loss"] for _ in range(STEPS)]
    assert len({float(loss) for loss in losses}) == STEPS


@pytest.mark.usefixtures("_as_on_cuda")
@pytest.mark.parametrize(("before", "after"), [(True, True), (True, False), (False, True)])
def test_a_run_goes_on_with_or_without_a_recording(tmp_path, before, after):
    whole, part = build(), build(cuda_graph=before)
    for _ in range(24):
        whole.step()
    for _ in range(11):
        part.step()
    path = save_checkpoint(tmp_path, Checkpoint(11, part.state(), {}), keep=1)
    resumed = build(cuda_graph=after)
    for _ in range(STEPS):
        resumed.step()  # what was recorded knows nothing of the loaded moments
    resumed.load_state(load_checkpoint(path).state)
    for _ in range(13):
        resumed.step()
    assert same(whole, resumed)


@pytest.mark.usefixtures("_as_on_cuda")
def test_a_fault_is_found_behind_a_recording():
    game = build(cuda_graph=True)
    for _ in range(STEPS):
        game.step()
    with torch.no_grad():
        next(iter(game.discriminator.parameters())).fill_(torch.nan)
    assert not game.step()["finite"]
    assert game.diagnose().startswith("in the discriminator, layer layers.0 (Conv2d)")


def test_a_step_that_cannot_be_recorded_runs_eagerly_and_says_why_once(monkeypatch):
    install(monkeypatch)  # and the host waits for the flag by which the players move
    eager, game = build(), build(cuda_graph=True)
    notes = []
    for _ in range(STEPS):
        eager.step()
        game.step()
        notes += game.notes()
    (note,) = notes
    assert note.startswith("The step runs eagerly: it could not be recorded (operation not perm")
    assert game.facts()["cuda graph"] == note


def test_on_the_cpu_there_is_nothing_to_record():
    eager, game = build(), build(cuda_graph=True)
    said = "The step runs eagerly: graphs are CUDA's, and it runs on cpu."
    assert isinstance(game._method, RecordedOneStage)
    assert game.notes() == [said]
    for _ in range(3):
        eager.step()
        game.step()
    assert game.notes() == []
    assert same(eager, game)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "two-stage-tuned"}, "cuda-graph is True: it must be off for alternating"),
        ({"loss": "fisher"}, "cuda-graph is on, and loss fisher learns"),
        ({"penalties": {"lecam": 1}}, "cuda-graph is on, and penalties.lecam learns"),
    ],
)
def test_what_cannot_be_recorded_is_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        build_config({"cuda_graph": True, **settings})
