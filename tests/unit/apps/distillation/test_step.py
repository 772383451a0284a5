"""Distillations as steps: the settings, every method, exact resumption, evaluation."""

import json
from dataclasses import replace

import pytest
import torch
from PIL import Image

from onestage.apps.distillation import (
    METHODS,
    PRESETS,
    build_distillation,
    build_distillation_config,
    build_teacher,
    compare,
    diversity,
    evaluation_images,
)
from onestage.apps.distillation._networks import build_classifier, build_generator
from onestage.training import ConfigError

SMALL = {"batch_size": 8, "steps": 4, "student_steps": 2, "evaluate_samples": 16, "threads": 1}


def build(**settings):
    config = build_distillation_config({**SMALL, **settings})
    torch.manual_seed(0)
    network = build_classifier(config.teacher_network, config.channels, config.classes)
    return build_distillation(config, network.eval())


def equal(a, b):
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


@pytest.mark.parametrize("method", METHODS)
def test_every_method_goes_on_bit_for_bit(method):
    settings = {"method": method, "preset": "digits-bn", "one_hot": 1.0}
    whole, first, second = (build(**settings) for _ in range(3))
    for _ in range(3):
        whole.step()
    first.step()
    second.load_state(first.state())
    for _ in range(2):
        measured = second.step()
    assert equal(whole.state().weights, second.state().weights)
    assert equal(whole.state().extra, second.state().extra)
    assert bool(measured["finite"]) and "student_loss" in measured
    assert ("generator_loss" in measured) == (method not in ("dafl", "noise", "data"))
    assert "k=2" in whole.facts()["method"]


@pytest.mark.parametrize("method", METHODS)
def test_who_moves(method):
    game = build(method=method, one_hot=1.0)
    before = {name: dict(state) for name, state in game.state().weights.items()}
    before = {n: {k: v.clone() for k, v in s.items()} for n, s in before.items()}
    game.step()
    after = game.state().weights
    assert not equal(before["student"], dict(after["student"]))
    assert equal(before["generator"], dict(after["generator"])) == (method in ("noise", "data"))


def test_two_stages_with_one_step_see_the_student_after_it_and_one_stage_before():
    """With the student's learning rate at almost 0 they do the same."""
    settings = {"student_steps": 1, "student_learning_rate": 1e-30, "student_weight_decay": 0.0}
    one, tuned, naive = (
        build(method=m, **settings) for m in ("one-stage", "two-stage-tuned", "two-stage-naive")
    )
    for game in (one, tuned):
        game.step()
    generators = [dict(game.state().weights["generator"]) for game in (one, tuned)]
    for name, weights in generators[0].items():
        torch.testing.assert_close(weights, generators[1][name], rtol=1e-5, atol=1e-7)
    naive.step()  # draws new noise for the generator's stage
    assert not torch.allclose(
        naive.state().weights["generator"]["layers.0.weight"], generators[0]["layers.0.weight"]
    )


def test_a_step_that_is_not_finite_moves_nobody():
    game = build(preset="digits-bn", student_steps=1)
    game.step()
    with torch.no_grad():
        game.generator.layers[0].weight.fill_(torch.nan)
    before = [p.clone() for p in game.student.parameters()]
    buffers = [b.clone() for b in game.student.buffers()]
    assert not bool(game.step()["finite"])
    assert equal(before, list(game.student.parameters()))
    kept = [b for b in buffers if b.is_floating_point()]
    assert equal(kept, [b for b in game.student.buffers() if b.is_floating_point()])
    assert "generator" in game.diagnose()


def test_evaluation_leaves_no_trace_and_is_a_record():
    game = build(preset="digits-bn")
    game.step()
    before = game.state()
    before = json.dumps({k: v.sum().item() for k, v in before.weights["student"].items()})
    first, second = game.evaluate(), game.evaluate()
    assert first == second
    assert set(first) >= {"accuracy", "agreement", "teacher_accuracy", "diversity"}
    assert json.loads(json.dumps(first)) == first
    after = game.state().weights["student"]
    assert before == json.dumps({k: v.sum().item() for k, v in after.items()})
    assert game.student.training


def test_diversity_shows_a_collapse():
    same = torch.randn(1, 1, 4, 4).expand(8, 1, 4, 4)
    one_class = torch.eye(4)[:1].expand(8, 4)
    assert diversity(same, one_class) == pytest.approx({"diversity": 0.0, "class_balance": 0.0})
    found = diversity(torch.randn(500, 1, 4, 4), torch.eye(4).repeat(2, 1))
    assert found["diversity"] > 0.95
    assert found["class_balance"] == pytest.approx(1.0)


def test_samples_are_drawn(tmp_path):
    game = build()
    game.draw(tmp_path / "step-0000000.png")
    assert (tmp_path / "step-0000000.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_build_their_networks(preset):
    given = {"preset": preset, "teacher": "t.pt", "data": "folder"}
    config = build_distillation_config(given)
    images = torch.zeros(2, config.channels, config.image_size, config.image_size)
    for name in (config.teacher_network, config.student):
        with torch.device("meta"):
            network = build_classifier(name, config.channels, config.classes).eval()
        assert network(images.to("meta")).shape == (2, config.classes)
    small = build_generator(replace(config, generator_width=2))
    assert small(torch.randn(2, config.latent_dim)).shape == images.shape


def test_published_settings():
    mnist, cifar = (
        build_distillation_config({"preset": p, "teacher": "t.pt", "data": "folder"})
        for p in ("mnist", "cifar10")
    )
    assert (mnist.batch_size, mnist.steps, mnist.student_steps) == (512, 2000, 5)
    assert (mnist.student_learning_rate, mnist.generator_learning_rate) == (0.01, 1e-3)
    assert (cifar.batch_size, cifar.steps, cifar.student_steps) == (256, 25_000, 5)
    assert (cifar.student_learning_rate, cifar.student_weight_decay) == (0.1, 5e-4)
    assert (cifar.teacher_network, cifar.student) == ("resnet34", "resnet18")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"preset": "imagenet"}, "must be one of digits"),
        ({"preset": "mnist"}, "needs the teacher's weights: --teacher PATH"),
        ({"preset": "mnist", "teacher": "t.pt"}, "needs labelled images: --data PATH"),
        ({"discrepancy": "l3"}, "one of l1"),
        ({"controls": "nose"}, "names of one-stage"),
        ({"controls": "noise,noise"}, "each once"),
        ({"method": "dafl"}, "for dafl"),
        ({"mean": "0.1,0.2"}, "1 numbers"),
        (
            {"channels": 3},
            r"--channels 3 needs --mean and --std of 3 numbers, such as 0\.5,0\.5,0\.5",
        ),
        ({"channels": 3, "std": "1,1,1"}, "--channels 3 needs --mean of 3 numbers"),
        (
            {"preset": "cifar10", "teacher": "t.pt", "data": "x", "channels": 1},
            "--channels 1 needs --mean and --std of 1 number: those of the preset cifar10 are of 3",
        ),
        ({"channels": 2}, "channels is 2: it must be 1"),
        ({"std": "0"}, "numbers above 0"),
        ({"student_step": 3}, "student_steps"),
        ({"batch_size": 1}, "at least 2"),
        ({"data": "folder", "method": "data"}, "a folder of images"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        build_distillation_config(settings)


def test_a_student_of_other_classes_is_refused():
    config = build_distillation_config({**SMALL, "classes": 7})
    network = build_classifier("digits", 1, 10).eval()
    with pytest.raises(ValueError, match="digits has 10 classes, and the teacher 7"):
        build_distillation(config, network)


def write_images(folder, classes):
    for name in range(classes):
        (folder / str(name)).mkdir(parents=True)
        Image.new("L", (20, 20), 25 * name).save(folder / str(name) / "image.png")


def test_a_folder_of_classes_is_evaluated_on(tmp_path):
    write_images(tmp_path, 10)
    game = build(data=str(tmp_path), train_data=str(tmp_path), method="data")
    assert bool(game.step()["finite"])
    found = game.evaluate()
    assert found["num_images"] == 10
    assert 0 <= found["accuracy"] <= 1


def test_a_folder_of_other_classes_is_refused(tmp_path):
    write_images(tmp_path / "some", 3)
    with pytest.raises(ValueError, match="3 classes, and the teacher 10"):
        build(data=str(tmp_path / "some"))
    with pytest.raises(ValueError, match="no labels"):
        build(data=str(tmp_path / "some" / "0"))


@pytest.mark.slow
def test_the_digits_teacher_is_trained_and_the_same_every_time():
    config = build_distillation_config({"threads": 1})
    first, second = build_teacher(config), build_teacher(config)
    assert equal(dict(first.state_dict()), dict(second.state_dict()))
    assert compare(first, first, evaluation_images(config))["accuracy"] >= 0.97
