"""Adaptation as a game that can be stepped, saved and gone on with."""

import copy

import pytest
import torch
from PIL import Image

from onestage.apps.adaptation import build_adapt_config, build_adaptation

SMALL = {"batch_size": 8, "steps": 20, "base_width": 4, "threads": 1, "evaluate_samples": 40}


def game(**settings):
    return build_adaptation(build_adapt_config({**SMALL, **settings}))


def weights(step):
    return [value for state in step.state().weights.values() for value in state.values()]


@pytest.mark.parametrize(
    "settings",
    [
        {"objective": "swapped-labels", "conditional": "cdan-e"},
        {"objective": "wasserstein", "gradient_penalty": 10.0, "control": False},
    ],
)
def test_it_goes_on_bit_for_bit(settings):
    whole = game(**settings)
    for _ in range(3):
        whole.step()
    half = copy.deepcopy(whole.state())
    for _ in range(4):
        whole.step()
    again = game(**settings)
    again.load_state(half)
    assert again.count == 3
    for _ in range(4):
        again.step()
    for ours, theirs in zip(weights(whole), weights(again), strict=True):
        assert torch.equal(ours, theirs)


def test_the_seed_decides_and_nothing_outside_is_read():
    first = game()
    torch.manual_seed(5)
    second, other = game(), game(seed=1)
    for step in (first, second, other):
        step.step()
    assert all(map(torch.equal, weights(first), weights(second)))
    assert not all(map(torch.equal, weights(first), weights(other)))


def test_what_a_step_measures():
    step = game()
    measured = step.step()
    assert measured["finite"]
    assert measured["weight"] == 0  # at the first step nothing is hidden yet
    assert step.step()["weight"] > 0
    assert {"domain_accuracy", "source_accuracy", "classification_loss"} <= set(measured)
    assert step.facts() == {"objective": "reversal", "strategy": "reversal"}
    assert step.batch_size == 16


def test_without_weight_the_features_learn_from_the_source_alone():
    step = game(objective="source-only")
    for _ in range(3):
        step.step()
    for name in ("features", "classifier"):
        state = step.state().weights
        ours, theirs = state[name].values(), state[f"control_{name}"].values()
        assert all(map(torch.equal, ours, theirs))


def test_a_step_that_is_not_finite_moves_nobody():
    step = game()
    step.step()  # at the first, a loss that is not finite is an error
    with torch.no_grad():
        next(step.game.domain_discriminator.parameters())[0, 0] = torch.nan
    before = [p.clone() for p in step.game.features.parameters()]
    assert not step.step()["finite"]
    assert all(map(torch.equal, before, step.game.features.parameters()))
    assert "discriminator" in step.diagnose()


def test_evaluation_tells_both_domains_and_the_control():
    record = game().evaluate()
    assert record["num_source"] == record["num_target"] == 40
    for name in ("source", "target", "domain", "source_only_source", "source_only_target"):
        assert 0 <= record[f"{name}_accuracy"] <= 1
    assert 1 <= record["classes_predicted"] <= 10
    assert not record["collapsed"]


def test_labels_of_the_target_are_for_the_evaluation_alone():
    told, untold = game(), game(target_labels=False)
    for step in (told, untold):
        step.step()
    assert all(map(torch.equal, weights(told), weights(untold)))
    assert "target_accuracy" in told.evaluate()
    assert "target_accuracy" not in untold.evaluate()


def test_collapse_is_told_when_asked():
    called = []
    for asked in (False, True):
        step = game(stop_on_collapse=asked)
        step.on_collapse = lambda asked=asked: called.append(asked)
        step._watch.look(1.0, 10.0)  # an untrained classifier is far below that
        assert step.evaluate()["collapsed"]
    assert called == [True]


@pytest.mark.parametrize(("control", "panels"), [(True, 2), (False, 1)])
def test_the_picture_shows_before_and_after(tmp_path, control, panels):
    game(control=control).draw(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width == panels * 420
        assert len(picture.getcolors(1 << 20)) > 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_adapts_digits_to_stripes(seed):
    """The bars of the digits pair, seed by seed; benchmarks/adaptation.py has the figures."""
    step = build_adaptation(build_adapt_config({"seed": seed, "threads": 1}))
    while step.count < step.config.steps:
        step.step()
    found = step.evaluate()
    assert found["target_accuracy"] >= 0.90
    assert found["target_accuracy"] >= found["source_only_target_accuracy"] + 0.06
    assert found["training_accuracy"] >= 0.98
    assert found["source_accuracy"] >= found["source_only_source_accuracy"] - 0.01
